from __future__ import annotations

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("storage", "0013_hands")]  # noqa: RUF012

    operations = [  # noqa: RUF012
        ops.CreateModel(
            name="RichMenu",
            fields=[
                (
                    "id",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=255),
                ),
                ("state", fields.CharField(max_length=16)),
                ("language", fields.CharField(max_length=16)),
            ],
            options={
                "table": "rich_menu",
                "app": "storage",
                "unique_together": (("state", "language"),),
                "pk_attr": "id",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PersonMenu",
            fields=[
                (
                    "person_id",
                    fields.CharField(primary_key=True, unique=True, db_index=True, max_length=255),
                ),
                ("menu_id", fields.CharField(max_length=255)),
                ("changed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={"table": "person_menu", "app": "storage", "pk_attr": "person_id"},
            bases=["Model"],
        ),
    ]
