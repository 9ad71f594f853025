"""Work by the clock."""

from __future__ import annotations

from tortoise import fields
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
