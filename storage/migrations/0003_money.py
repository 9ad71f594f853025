from __future__ import annotations

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("storage", "0002_durable_core")]  # noqa: RUF012

    operations = [  # noqa: RUF012
        ops.CreateModel(
            name="BudgetRaise",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("budget_window", fields.CharField(max_length=100)),
                ("usd_billionths", fields.BigIntField(null=True)),
                ("until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("actor", fields.CharField(max_length=255)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "budget_raise",
                "app": "storage",
                "indexes": [Index(fields=["budget_window", "id"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="CostPart",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("session_id", fields.CharField(max_length=32)),
                ("turn_id", fields.BigIntField()),
                ("run", fields.IntField()),
                ("call_id", fields.CharField(max_length=128)),
                ("model", fields.CharField(max_length=128)),
                ("usd_billionths", fields.BigIntField()),
                ("input_tokens", fields.BigIntField()),
                ("output_tokens", fields.BigIntField()),
                ("cache_read_tokens", fields.BigIntField()),
                ("cache_write_tokens", fields.BigIntField()),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "cost_part",
                "app": "storage",
                "unique_together": (("turn_id", "run", "call_id", "model"),),
                "indexes": [
                    Index(fields=["created_at"]),
                    Index(fields=["model", "call_id", "id"]),
                ],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="CostEntry",
            name="agent",
            field=fields.CharField(null=True, max_length=255),
        ),
        ops.AddField(
            model_name="CostEntry",
            name="person_id",
            field=fields.CharField(null=True, max_length=255),
        ),
        ops.AddField(
            model_name="CostEntry",
            name="standing",
            field=fields.CharField(null=True, max_length=16),
        ),
        ops.AddField(
            model_name="CostEntry",
            name="counter_billionths",
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name="CostEntry",
            name="counter_home",
            field=fields.CharField(null=True, max_length=64),
        ),
        ops.AddIndex(
            model_name="CostEntry",
            index=Index(fields=["session_id", "created_at", "usd_billionths"]),
        ),
        ops.AddIndex(
            model_name="CostEntry",
            index=Index(fields=["agent", "created_at", "usd_billionths"]),
        ),
        ops.AddIndex(
            model_name="CostEntry",
            index=Index(fields=["person_id", "created_at", "usd_billionths"]),
        ),
        ops.AddIndex(
            model_name="CostEntry",
            index=Index(fields=["session_id", "id"]),
        ),
    ]
