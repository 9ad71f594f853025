"""What is said in a session, and who works on it."""

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
    # In place of its agent's.
    model_name = fields.CharField(max_length=128, null=True)
    # Null: as always.
    mode = fields.CharField(max_length=16, null=True)
    # The last message of a turn that came to its end.
    head = fields.CharField(max_length=64, null=True)
    # The conversation that its own begins as a copy of, and up to which message.
    forked_from = fields.TextField(null=True)
    forked_at = fields.CharField(max_length=64, null=True)

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
