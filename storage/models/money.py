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
    agent = fields.CharField(max_length=255, null=True)
    person_id = fields.CharField(max_length=255, null=True)
    # Not given where it was told before anything else was ever booked.
    standing = fields.CharField(max_length=16, null=True)
    # Claude's running total, and the installation that keeps it.
    counter_billionths = fields.BigIntField(null=True)
    counter_home = fields.CharField(max_length=64, null=True)

    class Meta:
        table = "cost_entry"
        unique_together = (("turn_id", "run"),)
        # The amount is in each index so that a sum never touches the table.
        indexes = [
            Index(fields=["created_at", "usd_billionths"]),
            Index(fields=["session_id", "created_at", "usd_billionths"]),
            Index(fields=["agent", "created_at", "usd_billionths"]),
            Index(fields=["person_id", "created_at", "usd_billionths"]),
            Index(fields=["session_id", "id"]),
        ]


class CostPart(Model):
    id = fields.BigIntField(primary_key=True)
    session_id = fields.CharField(max_length=32)
    turn_id = fields.BigIntField()
    run = fields.IntField()
    # The id of a call that was seen; empty when Claude told of the whole run.
    call_id = fields.CharField(max_length=128)
    model = fields.CharField(max_length=128)
    usd_billionths = fields.BigIntField()
    input_tokens = fields.BigIntField()
    output_tokens = fields.BigIntField()
    cache_read_tokens = fields.BigIntField()
    cache_write_tokens = fields.BigIntField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "cost_part"
        unique_together = (("turn_id", "run", "call_id", "model"),)
        indexes = [Index(fields=["created_at"]), Index(fields=["model", "call_id", "id"])]


class BudgetAlert(Model):
    id = fields.BigIntField(primary_key=True)
    # The day, month or other span the alert is about; `window` is a word of SQL.
    budget_window = fields.CharField(max_length=100)
    percent = fields.IntField()

    class Meta:
        table = "budget_alert"
        unique_together = (("budget_window", "percent"),)


class BudgetRaise(Model):
    id = fields.BigIntField(primary_key=True)
    budget_window = fields.CharField(max_length=100)
    # Not given by a raise that lifts the limit until a time.
    usd_billionths = fields.BigIntField(null=True)
    until = fields.DatetimeField(null=True)
    actor = fields.CharField(max_length=255)
    created_at = fields.DatetimeField()

    class Meta:
        table = "budget_raise"
        indexes = [Index(fields=["budget_window", "id"])]
