"""Tables, and nothing else: no queries, no meaning.

Rows name each other by id without foreign keys: nothing is ever deleted, and on PostgreSQL a
foreign key would make every added event wait for whoever holds the session's row.
Comments here begin with `#` alone: tortoise puts what follows `#:` into the schema.
JSON is kept as ASCII text, because PostgreSQL's jsonb takes neither NUL nor lone surrogates.
"""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class Session(Model):
    number = fields.BigIntField(primary_key=True)
    id = fields.CharField(max_length=32, unique=True)
    name = fields.TextField(null=True)
    # The start of the name as it is compared: without regard to case, in any script.
    name_key = fields.CharField(max_length=200, null=True)
    chat_id = fields.CharField(max_length=255, null=True)
    chat_kind = fields.CharField(max_length=16, null=True)
    person_id = fields.CharField(max_length=255, null=True)
    agent = fields.TextField()
    workspace = fields.TextField()
    state = fields.CharField(max_length=16)
    created_at = fields.DatetimeField()
    updated_at = fields.DatetimeField()
    claude_session_id = fields.TextField(null=True)
    cost_billionths = fields.BigIntField(default=0)
    reported_total_billionths = fields.BigIntField(default=0)
    last_line = fields.TextField()

    class Meta:
        table = "session"
        indexes = [Index(fields=["state"]), Index(fields=["name_key", "number"])]


class SessionMessage(Model):
    id = fields.BigIntField(primary_key=True)
    session_id = fields.CharField(max_length=32)
    turn_id = fields.BigIntField()
    role = fields.CharField(max_length=16)
    text = fields.TextField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "session_message"
        indexes = [Index(fields=["session_id", "id"])]


class ChannelBinding(Model):
    chat_id = fields.CharField(max_length=255, primary_key=True)
    agent = fields.TextField(null=True)
    session_id = fields.CharField(max_length=32, null=True)

    class Meta:
        table = "channel_binding"


class Turn(Model):
    id = fields.BigIntField(primary_key=True)
    session_id = fields.CharField(max_length=32)
    prompt = fields.TextField()
    state = fields.CharField(max_length=16)
    created_at = fields.DatetimeField()
    chat_id = fields.CharField(max_length=255, null=True)
    chat_kind = fields.CharField(max_length=16, null=True)
    person_id = fields.CharField(max_length=255, null=True)
    reply_token = fields.TextField(null=True)
    reply_token_expires_at = fields.DatetimeField(null=True)
    idempotency_key = fields.CharField(max_length=255, null=True)
    started_at = fields.DatetimeField(null=True)
    finished_at = fields.DatetimeField(null=True)
    runs = fields.IntField(default=0)
    reached_model = fields.BooleanField(default=False)
    stop_requested = fields.BooleanField(default=False)

    class Meta:
        table = "turn"
        unique_together = (("session_id", "idempotency_key"),)
        indexes = [Index(fields=["state", "id"]), Index(fields=["session_id", "state", "id"])]


class SessionEvent(Model):
    id = fields.BigIntField(primary_key=True)
    session_id = fields.CharField(max_length=32)
    turn_id = fields.BigIntField(null=True)
    kind = fields.CharField(max_length=64)
    data = fields.TextField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "session_event"
        indexes = [Index(fields=["session_id", "id"])]


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


class CostEntry(Model):
    id = fields.BigIntField(primary_key=True)
    session_id = fields.CharField(max_length=32)
    turn_id = fields.BigIntField()
    usd_billionths = fields.BigIntField()
    usage = fields.TextField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "cost_entry"
        # The amount is in the index so that a sum never touches the table.
        indexes = [Index(fields=["created_at", "usd_billionths"])]


class BudgetAlert(Model):
    id = fields.BigIntField(primary_key=True)
    # The day, month or other span the alert is about; `window` is a word of SQL.
    budget_window = fields.CharField(max_length=100)
    percent = fields.IntField()

    class Meta:
        table = "budget_alert"
        unique_together = (("budget_window", "percent"),)


class InboxEvent(Model):
    id = fields.BigIntField(primary_key=True)
    webhook_event_id = fields.CharField(max_length=255, unique=True)
    chat_id = fields.CharField(max_length=255, null=True)
    timestamp_ms = fields.BigIntField()
    payload = fields.TextField()
    state = fields.CharField(max_length=16)
    received_at = fields.DatetimeField()
    failures = fields.IntField(default=0)

    class Meta:
        table = "inbox_event"
        indexes = [Index(fields=["state", "id"])]


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

    class Meta:
        table = "delivery"
        indexes = [Index(fields=["state", "id"]), Index(fields=["chat_id", "state", "id"])]


class Person(Model):
    id = fields.CharField(max_length=255, primary_key=True)
    role = fields.CharField(max_length=16)
    language = fields.CharField(max_length=16)
    refused_at = fields.DatetimeField(null=True)

    class Meta:
        table = "person"


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
