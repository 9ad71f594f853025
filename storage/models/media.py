"""Files that people sent, and files that were made for them."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class Upload(Model):
    # What a message brought, to be fetched into a workspace.
    id = fields.BigIntField(primary_key=True)
    chat_id = fields.CharField(max_length=255)
    chat_kind = fields.CharField(max_length=16)
    person_id = fields.CharField(max_length=255)
    message_id = fields.CharField(max_length=64)
    kind = fields.CharField(max_length=16)
    workspace = fields.TextField()
    pool = fields.CharField(max_length=64)
    created_at = fields.DatetimeField()
    name = fields.TextField(null=True)
    set_id = fields.CharField(max_length=64, null=True)
    set_total = fields.IntField(null=True)
    reply_token = fields.TextField(null=True)
    reply_token_expires_at = fields.DatetimeField(null=True)
    state = fields.CharField(max_length=16)
    due_at = fields.DatetimeField()
    attempts = fields.IntField(default=0)
    fetcher = fields.CharField(max_length=128, null=True)
    fetching_until = fields.DatetimeField(null=True)
    path = fields.TextField(null=True)
    media_type = fields.CharField(max_length=64, null=True)
    size = fields.BigIntField(null=True)
    why = fields.CharField(max_length=32, null=True)
    turn_id = fields.BigIntField(null=True)
    told_at = fields.DatetimeField(null=True)

    class Meta:
        table = "upload"
        unique_together = (("chat_id", "message_id"),)
        indexes = [
            Index(fields=["pool", "state", "id"]),
            Index(fields=["pool", "told_at", "id"]),
            Index(fields=["chat_id", "person_id", "created_at"]),
            Index(fields=["chat_id", "set_id"]),
            Index(fields=["turn_id"]),
        ]


class MadeFile(Model):
    # A copy, for as long as its link is good.
    id = fields.CharField(max_length=32, primary_key=True)
    turn_id = fields.BigIntField()
    person_id = fields.CharField(max_length=255)
    name = fields.TextField()
    media_type = fields.CharField(max_length=64)
    content = fields.BinaryField()
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()

    class Meta:
        table = "made_file"
        indexes = [Index(fields=["expires_at"])]
