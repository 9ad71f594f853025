"""Which message told of which turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tortoise.backends.base.client import BaseDBAsyncClient

from storage import columns
from storage import models as rows
from storage.sql import add, fetch

_SESSION = """
    SELECT t.session_id FROM sent_message m JOIN turn t ON t.id = m.turn_id
    WHERE m.message_id = $1 AND m.chat_id = $2"""


@dataclass(frozen=True, slots=True)
class SqlSentMessages:
    db: BaseDBAsyncClient

    async def add(self, chat_id: str, turn_id: int, message_ids: Sequence[str]) -> None:
        for one in message_ids:
            await add(self.db, rows.SentMessage, chat_id=chat_id, message_id=one, turn_id=turn_id)

    async def session_of(self, chat_id: str, message_id: str) -> str | None:
        found = await fetch(self.db, _SESSION, columns.text(message_id), chat_id)
        return str(found[0]["session_id"]) if found else None
