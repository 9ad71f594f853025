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

    class Meta:
        table = "tool_approval"
        indexes = [Index(fields=["turn_id", "state", "id"])]


class AuditEntry(Model):
    id = fields.BigIntField(primary_key=True)
    actor = fields.CharField(max_length=255)
    action = fields.CharField(max_length=64)
    detail = fields.TextField()
    created_at = fields.DatetimeField()
    session_id = fields.CharField(max_length=32, null=True)

    class Meta:
        table = "audit_entry"
        indexes = [Index(fields=["session_id", "id"])]
