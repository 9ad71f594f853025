"""Turns that outlive their reply token: a little before it ends it is spent on saying that work
goes on, in a chat that is frugal with a button that brings a new one.

Where answers are pushed, how far the turn is may be told, if that was not told lately. Run again
and again by anybody; whoever locks the turn first spends its token.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from orchestrator_core.messages import Button, Card, Fact, ResultTap
from orchestrator_core.model import DeliveryKind, Origin, Role, Session, Turn, TurnState
from orchestrator_core.outbox import Outbox
from orchestrator_core.ports import Clock, Records, Store
from orchestrator_core.progress import Progress
from orchestrator_core.quota import QuotaRules
from orchestrator_core.scheduler import Job
from orchestrator_core.texts import Texts, texts_in

logger = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
#: Before the token's end, which is 50 s after the event: in time for the call to be made.
SPENT_BEFORE = timedelta(seconds=6)
BATCH = 100
_AT_WORK = frozenset({TurnState.QUEUED, TurnState.RUNNING})


@dataclass(frozen=True, slots=True, kw_only=True)
class LateTurns:
    store: Store
    outbox: Outbox
    rules: QuotaRules
    clock: Clock
    progress: Progress

    @property
    def job(self) -> Job:
        return Job(name="late turns", every_seconds=LOOK_SECONDS, work=self.look)

    async def look(self) -> None:
        now = self.clock.now()
        async with self.store.read() as records:
            late = await records.quotas.tokens_ending(now, now + SPENT_BEFORE, limit=BATCH)
        for session_id, turn_id in late:
            try:
                async with self.store.transaction() as records:
                    await self._tell(records, session_id, turn_id, now)
            except Exception:
                # The others' tokens end meanwhile.
                logger.exception("late turn not told", extra={"turn_id": turn_id})

    async def _tell(self, records: Records, session_id: str, turn_id: int, now: datetime) -> None:
        session = await records.sessions.lock(session_id)
        turn = await records.turns.lock(turn_id)
        origin = turn.origin
        if origin is None or not _is_late(turn, now):
            return
        person = await records.people.get(origin.person_id)
        if person is None or person.role is Role.STRANGER:
            return
        say = texts_in(person.language)
        if await self._is_frugal(records, origin, now):
            card: Card | None = still_working(turn, session, say)
        else:
            # Its answer will be pushed: the token is of no other use.
            card = await self.progress.card(records, turn, session, say, now=now)
        if card is None:
            return
        await self.outbox.put(
            records,
            [card],
            to=origin,
            now=now,
            turn_id=turn.id,
            kind=DeliveryKind.PROGRESS,
            # It is dropped when its token is too old, and what it brought would be with it.
            is_owed=False,
        )
        await records.turns.save(replace(turn, reply_token=None))

    async def _is_frugal(self, records: Records, origin: Origin, now: datetime) -> bool:
        binding = await records.bindings.get(origin.chat.id)
        count = await records.quotas.get(self.rules.month(now))
        return self.rules.is_frugal(binding.quota if binding else None, count)


def still_working(turn: Turn, session: Session, say: Texts) -> Card:
    """On a card the button stays; below a text it would vanish under the next message."""
    tap = ResultTap(turn_id=turn.id, session_id=turn.session_id)
    return Card(
        title=say("late.title"),
        summary=say("late.summary", label=session.label),
        text=say("late.text"),
        facts=(Fact(label=say("fact.session"), value=session.label),),
        buttons=(Button(label=say("button.get_result"), tap=tap, primary=True),),
    )


def _is_late(turn: Turn, now: datetime) -> bool:
    token = turn.reply_token
    if token is None or turn.state not in _AT_WORK:
        return False
    return now < token.expires_at <= now + SPENT_BEFORE
