"""What people in a group are called, so that Claude knows who of them speaks."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from orchestrator_core.errors import MessengerError
from orchestrator_core.model import Chat, Person
from orchestrator_core.ports import Clock, Messenger, Store

logger = logging.getLogger(__name__)

#: A name is a nicety: no turn waits longer for it.
TIMEOUT_SECONDS = 3.0
#: People change it rarely.
ASK_AGAIN_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberNames:
    store: Store
    messenger: Messenger
    clock: Clock
    #: Of people whose prompts run, so never many.
    _asked_at: dict[str, datetime] = field(init=False, default_factory=dict)

    async def of(self, chat: Chat, person_id: str) -> str:
        """The name owners gave them, else the one they show there, as it was told last."""
        async with self.store.read() as records:
            person = await records.people.get(person_id)
        if person is None:
            return ""
        if person.name is None and self._is_due(person_id):
            person = await self._asked(chat, person)
        return person.called

    def _is_due(self, person_id: str) -> bool:
        now, asked_at = self.clock.now(), self._asked_at.get(person_id)
        if asked_at is not None and now - asked_at < ASK_AGAIN_AFTER:
            return False
        self._asked_at[person_id] = now
        return True

    async def _asked(self, chat: Chat, person: Person) -> Person:
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                shown = await self.messenger.member_name(chat, person.id)
        except (MessengerError, TimeoutError):
            logger.info("name unavailable", extra={"person_id": person.id})
            return person
        async with self.store.transaction() as records:
            known = await records.people.lock(person.id)
            if known is not None and known.shown_name != shown:
                await records.people.save(replace(known, shown_name=shown))
        return replace(person, shown_name=shown)
