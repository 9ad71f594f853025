from __future__ import annotations

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("storage", "0011_sessions")]  # noqa: RUF012

    operations = [  # noqa: RUF012
        ops.AddField(
            model_name="ToolApproval",
            name="answers",
            field=fields.TextField(null=True, unique=False),
        ),
        ops.AddField(
            model_name="ToolApproval",
            name="typing_by",
            field=fields.CharField(null=True, max_length=255),
        ),
    ]
