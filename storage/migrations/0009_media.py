from __future__ import annotations

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("storage", "0008_schedules")]  # noqa: RUF012

    operations = [  # noqa: RUF012
        ops.CreateModel(
            name="Upload",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("chat_id", fields.CharField(max_length=255)),
                ("chat_kind", fields.CharField(max_length=16)),
                ("person_id", fields.CharField(max_length=255)),
                ("message_id", fields.CharField(max_length=64)),
                ("kind", fields.CharField(max_length=16)),
                ("workspace", fields.TextField(unique=False)),
                ("pool", fields.CharField(max_length=64)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("name", fields.TextField(null=True, unique=False)),
                ("set_id", fields.CharField(null=True, max_length=64)),
                ("set_total", fields.IntField(null=True)),
                ("reply_token", fields.TextField(null=True, unique=False)),
                (
                    "reply_token_expires_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("state", fields.CharField(max_length=16)),
                ("due_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("attempts", fields.IntField(default=0)),
                ("fetcher", fields.CharField(null=True, max_length=128)),
                (
                    "fetching_until",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("path", fields.TextField(null=True, unique=False)),
                ("media_type", fields.CharField(null=True, max_length=64)),
                ("size", fields.BigIntField(null=True)),
                ("why", fields.CharField(null=True, max_length=32)),
                ("turn_id", fields.BigIntField(null=True)),
                ("told_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "upload",
                "app": "storage",
                "unique_together": (("chat_id", "message_id"),),
                "indexes": [
                    Index(fields=["pool", "state", "id"]),
                    Index(fields=["pool", "told_at", "id"]),
                    Index(fields=["chat_id", "person_id", "created_at"]),
                    Index(fields=["chat_id", "set_id"]),
                    Index(fields=["turn_id"]),
                ],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="MadeFile",
            fields=[
                (
                    "id",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=32),
                ),
                ("turn_id", fields.BigIntField()),
                ("person_id", fields.CharField(max_length=255)),
                ("name", fields.TextField(unique=False)),
                ("media_type", fields.CharField(max_length=64)),
                ("content", fields.BinaryField()),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "made_file",
                "app": "storage",
                "indexes": [Index(fields=["expires_at"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
    ]
