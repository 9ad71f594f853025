"""People, and what their chats are tied to."""

from __future__ import annotations

from dataclasses import dataclass

from tortoise.backends.base.client import BaseDBAsyncClient

from orchestrator_core.model import Binding, Language, Person, Role
from storage import models as rows
from storage.sql import find_one


@dataclass(frozen=True, slots=True)
class SqlPeople:
    db: BaseDBAsyncClient

    async def get(self, person_id: str) -> Person | None:
        row = await find_one(self.db, rows.Person, "WHERE id = $1", person_id)
        if row is None:
            return None
        return Person(
            id=row.id,
            role=Role(row.role),
            language=Language(row.language),
            refused_at=row.refused_at,
        )

    async def save(self, person: Person) -> None:
        row = rows.Person(
            id=person.id,
            role=person.role.value,
            language=person.language.value,
            refused_at=person.refused_at,
        )
        await rows.Person.bulk_create(
            [row],
            on_conflict=["id"],
            update_fields=["role", "language", "refused_at"],
            using_db=self.db,
        )


@dataclass(frozen=True, slots=True)
class SqlBindings:
    db: BaseDBAsyncClient

    async def get(self, chat_id: str) -> Binding | None:
        row = await find_one(self.db, rows.ChannelBinding, "WHERE chat_id = $1", chat_id)
        if row is None:
            return None
        return Binding(
            chat_id=row.chat_id,
            agent=row.agent,
            session_id=row.session_id,
            left_at=row.left_at,
        )

    async def save(self, binding: Binding) -> None:
        row = rows.ChannelBinding(
            chat_id=binding.chat_id,
            agent=binding.agent,
            session_id=binding.session_id,
            left_at=binding.left_at,
        )
        await rows.ChannelBinding.bulk_create(
            [row],
            on_conflict=["chat_id"],
            update_fields=["agent", "session_id", "left_at"],
            using_db=self.db,
        )
