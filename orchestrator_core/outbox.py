"""Writes what is to be said into the transaction that causes it. The courier does the sending."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from orchestrator_core.messages import Message
from orchestrator_core.model import NewDelivery, Origin
from orchestrator_core.ports import Records, Renderer, Topic


def new_retry_key() -> str:
    return str(uuid.uuid4())


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    renderer: Renderer
    new_key: Callable[[], str] = new_retry_key

    async def put(
        self,
        records: Records,
        messages: Sequence[Message],
        *,
        to: Origin,
        now: datetime,
        turn_id: int | None = None,
    ) -> None:
        """One delivery per call to the platform; the first may use the reply token."""
        calls = self.renderer.calls(messages, chat=to.chat, person_id=to.person_id)
        for position, call in enumerate(calls):
            await records.deliveries.add(
                NewDelivery(
                    chat_id=to.chat.id,
                    messages=call,
                    retry_key=self.new_key(),
                    created_at=now,
                    reply_token=to.reply_token if position == 0 else None,
                    turn_id=turn_id,
                )
            )
        records.wake(Topic.DELIVERIES)
