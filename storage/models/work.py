"""Work by the clock."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


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


class Schedule(Model):
    # A prompt asked by the clock. `next_at` is null unless it is active.
    id = fields.BigIntField(primary_key=True)
    session_id = fields.CharField(max_length=32)
    prompt = fields.TextField()
    said = fields.TextField()
    cron = fields.CharField(max_length=255, null=True)
    once_at = fields.DatetimeField(null=True)
    zone = fields.CharField(max_length=64)
    created_at = fields.DatetimeField()
    chat_id = fields.CharField(max_length=255, null=True)
    chat_kind = fields.CharField(max_length=16, null=True)
    person_id = fields.CharField(max_length=255, null=True)
    message_id = fields.CharField(max_length=64, null=True)
    state = fields.CharField(max_length=16)
    next_at = fields.DatetimeField(null=True)
    last_at = fields.DatetimeField(null=True)
    last_turn_id = fields.BigIntField(null=True)
    skipped_at = fields.DatetimeField(null=True)

    class Meta:
        table = "schedule"
        indexes = [
            Index(fields=["next_at", "id"]),
            Index(fields=["person_id", "id"]),
            Index(fields=["message_id"]),
        ]
