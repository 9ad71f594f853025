"""Who commands, and who asks to."""

from __future__ import annotations

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class Person(Model):
    id = fields.CharField(max_length=255, primary_key=True)
    role = fields.CharField(max_length=16)
    language = fields.CharField(max_length=16)
    refused_at = fields.DatetimeField(null=True)
    # The role an owner gave; the settings' owners need none.
    granted = fields.CharField(max_length=16, null=True)
    name = fields.TextField(null=True)
    invited_by = fields.CharField(max_length=255, null=True)
    revoked_at = fields.DatetimeField(null=True)
    # Null: as the profile says.
    chosen_language = fields.CharField(max_length=16, null=True)
    # Null: the configured one.
    zone = fields.CharField(max_length=64, null=True)
    # What they call themselves on the channel.
    shown_name = fields.TextField(null=True)

    class Meta:
        table = "person"
        indexes = [Index(fields=["role"]), Index(fields=["revoked_at"])]


class Pairing(Model):
    id = fields.BigIntField(primary_key=True)
    person_id = fields.CharField(max_length=255)
    # Of the code, under a key that is not in the database.
    mark = fields.CharField(max_length=64)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    state = fields.CharField(max_length=16)
    decided_by = fields.CharField(max_length=255, null=True)
    decided_at = fields.DatetimeField(null=True)

    class Meta:
        table = "pairing"
        indexes = [
            Index(fields=["person_id", "created_at"]),
            Index(fields=["state", "expires_at"]),
            Index(fields=["created_at"]),
        ]


class PairingAttempt(Model):
    # A wrong code that somebody typed.
    id = fields.BigIntField(primary_key=True)
    actor = fields.CharField(max_length=255)
    tried_at = fields.DatetimeField()

    class Meta:
        table = "pairing_attempt"
        indexes = [Index(fields=["actor", "tried_at"])]
