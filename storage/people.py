"""People, and what their chats are tied to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from orchestrator_core.model import Binding, Language, Person, QuotaMode, Role
from orchestrator_core.ports import Addressee
from storage import columns
from storage import models as rows
from storage.sql import columns_of, fetch, find, find_one, part_of, table_of

_ADDRESSEES = """
    SELECT asked.person_id AS asked_person, asked.chat_id AS asked_chat, {person}, {binding},
        EXISTS
        (SELECT 1 FROM delivery d WHERE d.chat_id = asked.chat_id
         AND d.state IN ('unconfirmed', 'inbox', 'held')
         AND (d.state <> 'unconfirmed' OR d.offered_at IS NULL)
         AND (d.state = 'unconfirmed' OR d.pushed_at IS NULL)) AS owed
    FROM {asked} LEFT JOIN person p ON p.id = asked.person_id
    LEFT JOIN channel_binding b ON b.chat_id = asked.chat_id"""
#: By either index: for an OR, or for IS NOT NULL, SQLite would walk through all the strangers.
_KNOWN = """
    WHERE id IN (SELECT id FROM person WHERE role IN ('owner', 'operator', 'viewer')
        UNION ALL SELECT id FROM person WHERE revoked_at > $2)
    ORDER BY id LIMIT $1"""
_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_OPEN_TURNS = """
    SELECT session_id, id FROM turn
    WHERE state IN ('queued', 'held', 'running') AND person_id = $1 ORDER BY session_id, id"""
_PERSON_CHANGES = [
    *("role", "language", "refused_at"),
    *("granted", "name", "invited_by", "revoked_at", "chosen_language", "zone"),
    "shown_name",
]


@dataclass(frozen=True, slots=True)
class SqlPeople:
    db: BaseDBAsyncClient

    async def get(self, person_id: str) -> Person | None:
        row = await find_one(self.db, rows.Person, "WHERE id = $1", person_id)
        return _person(row) if row else None

    async def lock(self, person_id: str) -> Person | None:
        row = await find_one(self.db, rows.Person, "WHERE id = $1", person_id, lock=True)
        return _person(row) if row else None

    async def known(self, *, limit: int) -> list[Person]:
        return [_person(row) for row in await find(self.db, rows.Person, _KNOWN, limit, _EVER)]

    async def open_turns(self, person_id: str) -> list[tuple[str, int]]:
        found = await fetch(self.db, _OPEN_TURNS, person_id)
        return [(row["session_id"], row["id"]) for row in found]

    async def addressees(
        self, asked: Collection[tuple[str, str]]
    ) -> dict[tuple[str, str], Addressee]:
        if not asked:
            return {}
        those, values = table_of(self.db, "asked", {"person_id": "text", "chat_id": "text"}, asked)
        sql = _ADDRESSEES.format(
            person=columns_of(rows.Person, "p"),
            binding=columns_of(rows.ChannelBinding, "b"),
            asked=those,
        )
        found = await fetch(self.db, sql, *values)
        return {(row["asked_person"], row["asked_chat"]): _addressee(row) for row in found}

    async def save(self, person: Person) -> None:
        row = rows.Person(
            id=person.id,
            role=person.role.value,
            language=person.language.value,
            refused_at=person.refused_at,
            granted=person.granted.value if person.granted else None,
            name=columns.optional_text(person.name),
            invited_by=person.invited_by,
            revoked_at=person.revoked_at,
            chosen_language=person.chosen_language.value if person.chosen_language else None,
            zone=person.zone,
            shown_name=columns.optional_text(person.shown_name),
        )
        await rows.Person.bulk_create(
            [row],
            on_conflict=["id"],
            update_fields=_PERSON_CHANGES,
            using_db=self.db,
        )


@dataclass(frozen=True, slots=True)
class SqlBindings:
    db: BaseDBAsyncClient

    async def get(self, chat_id: str) -> Binding | None:
        row = await find_one(self.db, rows.ChannelBinding, "WHERE chat_id = $1", chat_id)
        return _binding(row) if row else None

    async def save(self, binding: Binding) -> None:
        row = rows.ChannelBinding(
            chat_id=binding.chat_id,
            agent=binding.agent,
            session_id=binding.session_id,
            left_at=binding.left_at,
            quota=binding.quota.value if binding.quota else None,
        )
        await rows.ChannelBinding.bulk_create(
            [row],
            on_conflict=["chat_id"],
            update_fields=["agent", "session_id", "left_at", "quota"],
            using_db=self.db,
        )


def _addressee(row: dict[str, Any]) -> Addressee:
    knows, bound = row["p_id"] is not None, row["b_chat_id"] is not None
    return Addressee(
        person=_person(part_of(rows.Person, "p", row)) if knows else None,
        binding=_binding(part_of(rows.ChannelBinding, "b", row)) if bound else None,
        is_owed=bool(row["owed"]),
    )


def _person(row: rows.Person) -> Person:
    return Person(
        id=row.id,
        role=Role(row.role),
        language=Language(row.language),
        refused_at=row.refused_at,
        granted=Role(row.granted) if row.granted else None,
        name=row.name,
        invited_by=row.invited_by,
        revoked_at=row.revoked_at,
        chosen_language=Language(row.chosen_language) if row.chosen_language else None,
        zone=row.zone,
        shown_name=row.shown_name,
    )


def _binding(row: rows.ChannelBinding) -> Binding:
    return Binding(
        chat_id=row.chat_id,
        agent=row.agent,
        session_id=row.session_id,
        left_at=row.left_at,
        quota=QuotaMode(row.quota) if row.quota else None,
    )
