from __future__ import annotations

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("storage", "0004_people")]  # noqa: RUF012
    operations = [  # noqa: RUF012
        ops.CreateModel(
            name="ToolGrant",
            fields=[
                (
                    "id",
                    fields.BigIntField(
                        generated=True, primary_key=True, unique=True, db_index=True
                    ),
                ),
                ("session_id", fields.CharField(max_length=32)),
                ("mark", fields.CharField(max_length=64)),
                ("granted_by", fields.CharField(max_length=255)),
                ("approval_id", fields.BigIntField()),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "tool_grant",
                "app": "storage",
                "unique_together": (("session_id", "mark"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="ToolApproval",
            name="rule",
            field=fields.CharField(null=True, max_length=128),
        ),
        ops.AddField(
            model_name="ToolApproval",
            name="why",
            field=fields.TextField(null=True, unique=False),
        ),
        ops.AddField(
            model_name="ToolApproval",
            name="said",
            field=fields.TextField(null=True, unique=False),
        ),
        ops.AddField(
            model_name="ToolApproval",
            name="cwd",
            field=fields.TextField(null=True, unique=False),
        ),
        ops.AddField(
            model_name="ToolApproval",
            name="second_person",
            field=fields.BooleanField(null=True),
        ),
        ops.AddField(
            model_name="ToolApproval",
            name="first_yes",
            field=fields.CharField(null=True, max_length=255),
        ),
        ops.AddField(
            model_name="ToolApproval",
            name="reason",
            field=fields.TextField(null=True, unique=False),
        ),
        ops.AddField(
            model_name="ToolApproval",
            name="reason_chat_id",
            field=fields.CharField(null=True, max_length=255),
        ),
        ops.AddIndex(model_name="ToolApproval", index=Index(fields=["state", "id"])),
    ]
