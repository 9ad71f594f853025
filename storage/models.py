"""Tables, and nothing else: no queries, no meaning.

Rows name each other by id without foreign keys: on PostgreSQL one would make every added event
wait for whoever holds the session's row.
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
    # Which workers can reach its workspace.
    pool = fields.CharField(max_length=64, default="default")
    # Who may work on it, until when; the number makes a late holder's writes harmless.
    lease_owner = fields.CharField(max_length=128, null=True)
    lease_until = fields.DatetimeField(null=True)
    fence = fields.BigIntField(default=0)
    # The Claude Code last started for it: a process id is used again, with its start it is not.
    cli_host = fields.CharField(max_length=255, null=True)
    cli_pid = fields.BigIntField(null=True)
    cli_started = fields.CharField(max_length=64, null=True)

    class Meta:
        table = "session"
        indexes = [
            Index(fields=["state"]),
            Index(fields=["name_key", "number"]),
            Index(fields=["lease_owner"]),
        ]


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
    # Since when nothing can be sent there: unfollowed, blocked, or left.
    left_at = fields.DatetimeField(null=True)

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
    # The channel's id of the message that brought the prompt.
    message_id = fields.CharField(max_length=64, null=True)
    # What a person chose for it after it was interrupted.
    choice = fields.CharField(max_length=16, null=True)

    class Meta:
        table = "turn"
        unique_together = (("session_id", "idempotency_key"),)
        indexes = [
            Index(fields=["state", "id"]),
            Index(fields=["session_id", "state", "id"]),
            Index(fields=["message_id"]),
        ]


class SessionEvent(Model):
    id = fields.BigIntField(primary_key=True)
    session_id = fields.CharField(max_length=32)
    turn_id = fields.BigIntField(null=True)
    kind = fields.CharField(max_length=64)
    data = fields.TextField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "session_event"
        indexes = [Index(fields=["session_id", "id"]), Index(fields=["created_at"])]


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
    # Which of the turn's runs it was: one run is booked once.
    run = fields.IntField(default=1)
    usd_billionths = fields.BigIntField()
    usage = fields.TextField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "cost_entry"
        unique_together = (("turn_id", "run"),)
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


class TranscriptEntry(Model):
    # One line of a conversation as Claude Code keeps it.
    id = fields.BigIntField(primary_key=True)
    project_key = fields.CharField(max_length=255)
    claude_session_id = fields.CharField(max_length=64)
    # Empty for the session's own; a subagent's otherwise.
    subpath = fields.CharField(max_length=255, default="")
    # Null for lines without one: those are never taken for repeated.
    entry_uuid = fields.CharField(max_length=64, null=True)
    entry = fields.TextField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "transcript_entry"
        unique_together = (("project_key", "claude_session_id", "subpath", "entry_uuid"),)
        indexes = [
            Index(fields=["project_key", "claude_session_id", "subpath", "id"]),
            Index(fields=["created_at"]),
        ]


class JobRun(Model):
    # Work by the clock: when it is due, and who does it until when.
    name = fields.CharField(max_length=64, primary_key=True)
    due_at = fields.DatetimeField()
    runner = fields.CharField(max_length=128, null=True)
    running_until = fields.DatetimeField(null=True)
    finished_at = fields.DatetimeField(null=True)
    last_error = fields.TextField(null=True)

    class Meta:
        table = "job_run"
