"""Who commands."""

from __future__ import annotations

from tortoise import fields
from tortoise.models import Model


class Person(Model):
    id = fields.CharField(max_length=255, primary_key=True)
    role = fields.CharField(max_length=16)
    language = fields.CharField(max_length=16)
    refused_at = fields.DatetimeField(null=True)

    class Meta:
        table = "person"
