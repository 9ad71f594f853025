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

    class Meta:
        table = "delivery"
        indexes = [
            Index(fields=["state", "id"]),
            Index(fields=["chat_id", "state", "id"]),
            Index(fields=["created_at"]),
        ]


class ChannelBinding(Model):
    chat_id = fields.CharField(max_length=255, primary_key=True)
    agent = fields.TextField(null=True)
    session_id = fields.CharField(max_length=32, null=True)
    # Since when nothing can be sent there: unfollowed, blocked, or left.
    left_at = fields.DatetimeField(null=True)

    class Meta:
        table = "channel_binding"
