"""Writes what is to be said into the transaction that causes it. The courier does the sending."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from orchestrator_core.calls import MOST_OBJECTS
from orchestrator_core.messages import Message
from orchestrator_core.model import (
    DeliveryKind,
    JsonObject,
    Language,
    NewDelivery,
    Origin,
)
from orchestrator_core.ports import Records, Renderer, Topic
from orchestrator_core.redaction import redact_message
from orchestrator_core.resending import notice
from orchestrator_core.rights import Action, may
from orchestrator_core.stored_inbox import LOOKED_AT, fit, give, more


def new_retry_key() -> str:
    return str(uuid.uuid4())


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    renderer: Renderer
    new_key: Callable[[], str] = new_retry_key

    async def put(  # noqa: PLR0913 - all but the first two are said by name
        self,
        records: Records,
        messages: Sequence[Message],
        *,
        to: Origin,
        now: datetime,
        turn_id: int | None = None,
        is_owed: bool = True,
        kind: DeliveryKind = DeliveryKind.ANSWER,
    ) -> None:
        """One delivery per call to the platform; the first may use the reply token.

        What the chat may not have got before is offered along with it, once; it is not looked
        for when it is known that nothing `is_owed`. What waits in the chat's inbox goes along as
        far as it fits; that there is more is said.
        """
        offers = await _offers(records, to, now) if is_owed else []
        said = [redact_message(one) for one in (*offers, *messages)]
        calls = self.renderer.calls(said, chat=to.chat, person_id=to.person_id)
        if is_owed and to.reply_token is not None and await _is_more(records, to, calls[0]):
            said.append(more(await _language(records, to)))
            calls = self.renderer.calls(said, chat=to.chat, person_id=to.person_id)
        for position, call in enumerate(calls):
            await records.deliveries.post(
                NewDelivery(
                    chat_id=to.chat.id,
                    messages=call,
                    retry_key=self.new_key(),
                    created_at=now,
                    reply_token=to.reply_token if position == 0 else None,
                    turn_id=turn_id,
                    kind=kind,
                )
            )
        records.wake(Topic.DELIVERIES)

    async def empty_inbox(self, records: Records, to: Origin, *, now: datetime) -> None:
        """Spend the reply token on what waits in the chat, unless it is wanted for something."""
        token = to.reply_token
        if token is None or token.expires_at <= now:
            return
        waiting = await records.deliveries.kept(to.chat.id, limit=LOOKED_AT)
        if not waiting or await records.deliveries.is_promised(to.chat.id, token):
            return
        if fit(waiting) or len(waiting[0].messages) >= MOST_OBJECTS:
            await give(records, waiting[0], token, now)
            return
        notice_of_more = more(await _language(records, to))
        await self.put(records, [notice_of_more], to=to, now=now, is_owed=False)


async def _is_more(records: Records, to: Origin, call: Sequence[JsonObject]) -> bool:
    waiting = await records.deliveries.kept(to.chat.id, limit=LOOKED_AT)
    return bool(waiting) and not fit(waiting, call)


async def _language(records: Records, to: Origin) -> Language:
    person = await records.people.get(to.person_id)
    return person.language if person else Language.ENGLISH


async def _offers(records: Records, to: Origin, now: datetime) -> list[Message]:
    offered = await records.deliveries.offer(to.chat.id, now)
    if not offered:
        return []
    person = await records.people.get(to.person_id)
    if person is not None and may(person.role, Action.RESEND):
        return [notice(offered, person.language)]
    # Nobody else's tap would be heard: it is left for the next message of one who may.
    for delivery in offered:
        await records.deliveries.save(replace(delivery, offered_at=None))
    return []
