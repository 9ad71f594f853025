from __future__ import annotations

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("storage", "0007_inbox")]  # noqa: RUF012

    operations = [  # noqa: RUF012
        ops.CreateModel(
            name="Schedule",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("session_id", fields.CharField(max_length=32)),
                ("prompt", fields.TextField(unique=False)),
                ("said", fields.TextField(unique=False)),
                ("cron", fields.CharField(null=True, max_length=255)),
                ("once_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("zone", fields.CharField(max_length=64)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("chat_id", fields.CharField(null=True, max_length=255)),
                ("chat_kind", fields.CharField(null=True, max_length=16)),
                ("person_id", fields.CharField(null=True, max_length=255)),
                ("message_id", fields.CharField(null=True, max_length=64)),
                ("state", fields.CharField(max_length=16)),
                ("next_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("last_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("last_turn_id", fields.BigIntField(null=True)),
                (
                    "skipped_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
            ],
            options={
                "table": "schedule",
                "app": "storage",
                "indexes": [
                    Index(fields=["next_at", "id"]),
                    Index(fields=["person_id", "id"]),
                    Index(fields=["message_id"]),
                ],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Person",
            name="zone",
            field=fields.CharField(null=True, max_length=64),
        ),
    ]
