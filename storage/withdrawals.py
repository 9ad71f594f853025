"""Messages taken back: the turns they brought, and every place that keeps a prompt's text."""

from __future__ import annotations

from dataclasses import dataclass

from tortoise.backends.base.client import BaseDBAsyncClient

from orchestrator_core.model import MessageRole, Turn
from orchestrator_core.ports import Brought
from storage import columns
from storage import models as rows


@dataclass(frozen=True, slots=True)
class SqlWithdrawals:
    db: BaseDBAsyncClient

    async def turns_of(self, chat_id: str, message_id: str) -> list[Brought]:
        query = rows.Turn.filter(message_id=message_id, chat_id=chat_id).using_db(self.db)
        return [Brought(row.session_id, row.id) for row in await query.order_by("id")]

    async def erase_prompt(self, turn: Turn) -> None:
        await rows.Turn.filter(id=turn.id).using_db(self.db).update(prompt="")
        prompts = rows.SessionMessage.filter(
            session_id=turn.session_id, turn_id=turn.id, role=MessageRole.PROMPT.value
        )
        await prompts.using_db(self.db).update(text="")
        events = rows.SessionEvent.filter(
            session_id=turn.session_id, turn_id=turn.id, kind="prompt"
        )
        for event in await events.using_db(self.db):
            data = columns.json_text({**columns.from_json(event.data), "text": ""})
            await rows.SessionEvent.filter(id=event.id).using_db(self.db).update(data=data)
