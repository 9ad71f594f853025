"""What Claude wants to do, and who did what."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class ToolApproval(Model):
    id = fields.BigIntField(primary_key=True)
    turn_id = fields.BigIntField()
    session_id = fields.CharField(max_length=32)
    nonce = fields.CharField(max_length=32)
    tool = fields.TextField()
    tool_input = fields.TextField()
    person_id = fields.CharField(max_length=255, null=True)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    state = fields.CharField(max_length=16)
    decided_by = fields.CharField(max_length=255, null=True)
    decided_at = fields.DatetimeField(null=True)
    rule = fields.CharField(max_length=128, null=True)
    why = fields.TextField(null=True)
    said = fields.TextField(null=True)
    cwd = fields.TextField(null=True)
    second_person = fields.BooleanField(null=True)
    first_yes = fields.CharField(max_length=255, null=True)
    reason = fields.TextField(null=True)
    reason_chat_id = fields.CharField(max_length=255, null=True)
    # Of a question: what was answered so far, as JSON; null: nothing.
    answers = fields.TextField(null=True)
    typing_by = fields.CharField(max_length=255, null=True)

    class Meta:
        table = "tool_approval"
        indexes = [Index(fields=["turn_id", "state", "id"]), Index(fields=["state", "id"])]


class ToolGrant(Model):
    id = fields.BigIntField(primary_key=True)
    session_id = fields.CharField(max_length=32)
    mark = fields.CharField(max_length=64)
    granted_by = fields.CharField(max_length=255)
    approval_id = fields.BigIntField()
    created_at = fields.DatetimeField()
    # None of grants from before there was one.
    text = fields.TextField(null=True)

    class Meta:
        table = "tool_grant"
        unique_together = (("session_id", "mark"),)


class AuditEntry(Model):
    id = fields.BigIntField(primary_key=True)
    actor = fields.CharField(max_length=255)
    action = fields.CharField(max_length=64)
    detail = fields.TextField()
    created_at = fields.DatetimeField()
    session_id = fields.CharField(max_length=32, null=True)
    # None of entries from before there was one.
    channel = fields.CharField(max_length=8, null=True)
    address = fields.CharField(max_length=64, null=True)

    class Meta:
        table = "audit_entry"
        indexes = [
            Index(fields=["session_id", "id"]),
            Index(fields=["actor", "id"]),
            Index(fields=["action", "id"]),
            Index(fields=["created_at"]),
        ]
