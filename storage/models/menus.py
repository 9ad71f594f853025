"""The menus at the foot of people's chats."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class RichMenu(Model):
    # One that stands ready on the channel; the id is the channel's.
    id = fields.CharField(max_length=255, primary_key=True)
    state = fields.CharField(max_length=16)
    language = fields.CharField(max_length=16)

    class Meta:
        table = "rich_menu"
        unique_together = (("state", "language"),)


class PersonMenu(Model):
    # The one that was last shown to somebody.
    person_id = fields.CharField(max_length=255, primary_key=True)
    menu_id = fields.CharField(max_length=255)
    changed_at = fields.DatetimeField()

    class Meta:
        table = "person_menu"
