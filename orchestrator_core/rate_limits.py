"""Keeps people from asking for more than is good for all: each by themselves, and all in a chat.

What is counted is counted before the event's transaction, so that nobody's lock waits for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from orchestrator_core.gate import Gate
from orchestrator_core.incoming import FromPerson
from orchestrator_core.messages import Message, Say
from orchestrator_core.model import Person, Role
from orchestrator_core.ports import Limited, Metrics, RateLimits, Store, TooMuch
from orchestrator_core.texts import texts_in

_MINUTE = 60
#: A wait over so many seconds is told in minutes.
_IN_SECONDS = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttle:
    limits: RateLimits
    store: Store
    gate: Gate
    #: As what it counts; None: as nothing.
    kind_of: Callable[[FromPerson], Limited | None]
    metrics: Metrics

    async def judge(self, said: FromPerson, *, event_id: str) -> TooMuch | None:
        """None when it may be heard. Not counted: what strangers do, who could otherwise use up
        what a chat has; they are told no by others."""
        kind = self.kind_of(said)
        if kind is None:
            return None
        async with self.store.read() as records:
            known = await records.people.get(said.person_id)
        if self.gate.role_of(said.person_id, known) is Role.STRANGER:
            return None
        refused = await self.limits.take(
            kind,
            person_id=said.person_id,
            chat_id=None if said.chat.is_one_to_one else said.chat.id,
            event_id=event_id,
        )
        if refused is not None:
            self.metrics.count("limited", kind=kind)
        return refused


def too_much(refused: TooMuch, person: Person) -> list[Message]:
    """What to say: once in a while, and then nothing, or it would be a flood itself."""
    if not refused.tell:
        return []
    say = texts_in(person.language)
    if refused.seconds <= _IN_SECONDS:
        return [Say(text=say.count("limits.seconds", refused.seconds))]
    return [Say(text=say.count("limits.minutes", -(-refused.seconds // _MINUTE)))]
