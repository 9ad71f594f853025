from __future__ import annotations

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("storage", "0009_media")]  # noqa: RUF012

    operations = [  # noqa: RUF012
        ops.AddField(
            model_name="Person",
            name="shown_name",
            field=fields.TextField(null=True, unique=False),
        ),
        ops.AddField(
            model_name="Person",
            name="chosen_language",
            field=fields.CharField(null=True, max_length=16),
        ),
    ]
