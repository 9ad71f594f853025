from __future__ import annotations

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("storage", "0006_audit")]  # noqa: RUF012
    operations = [  # noqa: RUF012
        ops.CreateModel(
            name="PushQuota",
            fields=[
                (
                    "month",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=7),
                ),
                ("most", fields.BigIntField(null=True)),
                ("told", fields.BigIntField(default=0)),
                (
                    "told_at",
                    fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
                ),
                ("counted", fields.BigIntField(default=0)),
                ("counted_when_told", fields.BigIntField(default=0)),
            ],
            options={"table": "push_quota", "app": "storage", "pk_attr": "month"},
            bases=["Model"],
        ),
        ops.AddField(
            model_name="Delivery",
            name="kind",
            field=fields.CharField(null=True, max_length=16),
        ),
        ops.AddField(
            model_name="Delivery",
            name="packed_with",
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name="Delivery",
            name="charged",
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name="ChannelBinding",
            name="quota",
            field=fields.CharField(null=True, max_length=16),
        ),
    ]
