from __future__ import annotations

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("storage", "0010_people_on_line")]  # noqa: RUF012
    operations = [  # noqa: RUF012
        ops.AddField(
            model_name="Session",
            name="model_name",
            field=fields.CharField(null=True, max_length=128),
        ),
        ops.AddField(
            model_name="Session",
            name="mode",
            field=fields.CharField(null=True, max_length=16),
        ),
        ops.AddField(
            model_name="Session",
            name="head",
            field=fields.CharField(null=True, max_length=64),
        ),
        ops.AddField(
            model_name="Session",
            name="forked_from",
            field=fields.TextField(null=True, unique=False),
        ),
        ops.AddField(
            model_name="Session",
            name="forked_at",
            field=fields.CharField(null=True, max_length=64),
        ),
        ops.CreateModel(
            name="SentMessage",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("chat_id", fields.CharField(max_length=255)),
                ("message_id", fields.CharField(max_length=64)),
                ("turn_id", fields.BigIntField()),
            ],
            options={
                "table": "sent_message",
                "app": "storage",
                "indexes": [Index(fields=["message_id"])],
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
    ]
