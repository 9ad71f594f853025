from __future__ import annotations

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("storage", "0012_questions")]  # noqa: RUF012
    operations = [  # noqa: RUF012
        ops.AddField(
            model_name="ToolGrant",
            name="text",
            field=fields.TextField(null=True, unique=False),
        ),
    ]
