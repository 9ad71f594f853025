"""People, and what their chats are tied to."""

from __future__ import annotations

from dataclasses import dataclass

from tortoise.backends.base.client import BaseDBAsyncClient

from orchestrator_core.model import Binding, Language, Person, Role
from storage import models as rows


@dataclass(frozen=True, slots=True)
class SqlPeople:
    db: BaseDBAsyncClient

    async def get(self, person_id: str) -> Person | None:
        row = await rows.Person.filter(id=person_id).using_db(self.db).first()
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
        row = await rows.ChannelBinding.filter(chat_id=chat_id).using_db(self.db).first()
        if row is None:
            return None
        return Binding(chat_id=row.chat_id, agent=row.agent, session_id=row.session_id)

    async def save(self, binding: Binding) -> None:
        row = rows.ChannelBinding(
            chat_id=binding.chat_id, agent=binding.agent, session_id=binding.session_id
        )
        await rows.ChannelBinding.bulk_create(
            [row],
            on_conflict=["chat_id"],
            update_fields=["agent", "session_id"],
            using_db=self.db,
        )
