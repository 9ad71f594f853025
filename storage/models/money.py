"""What Claude costs, and what was told of it."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


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
