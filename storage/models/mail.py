"""What arrives from the channel, what is sent to it, and to where."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class InboxEvent(Model):
    id = fields.BigIntField(primary_key=True)
    webhook_event_id = fields.CharField(max_length=255, unique=True)
    chat_id = fields.CharField(max_length=255, null=True)
    timestamp_ms = fields.BigIntField()
    payload = fields.TextField()
    state = fields.CharField(max_length=16)
    received_at = fields.DatetimeField()
    failures = fields.IntField(default=0)
    # The channel's id of the message in it, by which the message may be withdrawn.
    message_id = fields.CharField(max_length=64, null=True)

    class Meta:
        table = "inbox_event"
        indexes = [
            Index(fields=["state", "timestamp_ms", "id"]),
            Index(fields=["chat_id", "state", "timestamp_ms", "id"]),
            Index(fields=["message_id"]),
            Index(fields=["received_at"]),
        ]


class Delivery(Model):
    id = fields.BigIntField(primary_key=True)
    chat_id = fields.CharField(max_length=255)
    messages = fields.TextField()
    retry_key = fields.CharField(max_length=64, unique=True)
    created_at = fields.DatetimeField()
    reply_token = fields.TextField(null=True)
    reply_token_expires_at = fields.DatetimeField(null=True)
    turn_id = fields.BigIntField(null=True)
    state = fields.CharField(max_length=16)
    attempts = fields.IntField(default=0)
    pushed_at = fields.DatetimeField(null=True)
    due_at = fields.DatetimeField()
    sent_at = fields.DatetimeField(null=True)
    last_error = fields.TextField(null=True)
    # Which courier makes the call under way, and until when it alone may.
    sender = fields.CharField(max_length=128, null=True)
    sending_until = fields.DatetimeField(null=True)
    # When the person was asked whether an unconfirmed one had reached them.
    offered_at = fields.DatetimeField(null=True)
    # Null: an answer.
    kind = fields.CharField(max_length=16, null=True)
    # The first delivery of the push that this one is part of.
    packed_with = fields.BigIntField(null=True)
    # What that push counts for against the quota; null: it was not counted.
    charged = fields.IntField(null=True)

    class Meta:
        table = "delivery"
        indexes = [
            Index(fields=["state", "id"]),
            Index(fields=["chat_id", "state", "id"]),
            Index(fields=["created_at"]),
        ]


class SentMessage(Model):
    # The channel's id of a message that told of a turn. It may be quoted, however old it is.
    id = fields.BigIntField(primary_key=True)
    chat_id = fields.CharField(max_length=255)
    message_id = fields.CharField(max_length=64)
    turn_id = fields.BigIntField()

    class Meta:
        table = "sent_message"
        indexes = [Index(fields=["message_id"])]


class ChannelBinding(Model):
    chat_id = fields.CharField(max_length=255, primary_key=True)
    agent = fields.TextField(null=True)
    session_id = fields.CharField(max_length=32, null=True)
    # Since when nothing can be sent there: unfollowed, blocked, or left.
    left_at = fields.DatetimeField(null=True)
    # What the chat's quota is spent on; null: as the settings say.
    quota = fields.CharField(max_length=16, null=True)

    class Meta:
        table = "channel_binding"


class PushQuota(Model):
    # What was pushed in a month: as the channel told last, and by our own count.
    month = fields.CharField(max_length=7, primary_key=True)
    # Null: no limit, or it was never told.
    most = fields.BigIntField(null=True)
    told = fields.BigIntField(default=0)
    told_at = fields.DatetimeField(null=True)
    counted = fields.BigIntField(default=0)
    counted_when_told = fields.BigIntField(default=0)

    class Meta:
        table = "push_quota"
