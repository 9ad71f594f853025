"""What people are told of a long turn while it goes on: how far it is, and why it waits.

Each function works inside the caller's transaction, which has the session locked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from orchestrator_core.agent_events import ApiRetried
from orchestrator_core.messages import Button, Card, Say
from orchestrator_core.model import EventKind, Language, Role, Session, SessionEvent, Turn
from orchestrator_core.outbox import Outbox
from orchestrator_core.ports import Records
from orchestrator_core.steps import PROMPT, step_of
from orchestrator_core.texts import Texts, texts_in

#: Shorter waits end before anybody has read of them.
LONG_WAIT_MS = 4000
STEPS = 3
_LOOKED_AT = 100
#: https://docs.anthropic.com/en/api/errors
_REASONS = {429: "limited", 529: "overloaded"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    #: Of a turn, no sooner than so long after the last time.
    every: timedelta

    async def card(
        self, records: Records, turn: Turn, session: Session, say: Texts, *, now: datetime
    ) -> Card | None:
        """The latest steps, noted as told. None: there is nothing to tell yet, or it is too soon
        after the last time."""
        events = await _events(records, turn)
        if any(
            one.kind == EventKind.PROGRESS_TOLD and now - one.created_at < self.every
            for one in events
        ):
            return None
        steps = [step for one in events if one.kind != PROMPT and (step := step_of(one, say))]
        if not steps:
            return None
        await _note(records, turn, EventKind.PROGRESS_TOLD, now)
        number = session.number
        return Card(
            title=session.label,
            summary=say("progress.summary", number=number, step=steps[-1]),
            text="\n".join([say("progress.text"), "", *steps[-STEPS:]]),
            buttons=(
                Button(label=say("button.tail"), command=f"/tail {number}"),
                Button(label=say("button.interrupt"), command=f"/interrupt {number}"),
            ),
        )


async def tell_of_retry(
    records: Records, outbox: Outbox, turn_id: int, event: ApiRetried, *, now: datetime
) -> None:
    """Once in a turn, when the wait is a long one: why it takes so long."""
    if event.delay_ms < LONG_WAIT_MS:
        return
    turn = await records.turns.lock(turn_id)
    origin = turn.origin
    if origin is None or any(
        one.kind == EventKind.RETRY_TOLD for one in await _events(records, turn)
    ):
        return
    person = await records.people.get(origin.person_id)
    if person is not None and person.role is Role.STRANGER:
        return
    session = await records.sessions.lock(turn.session_id)
    say = texts_in(person.language if person else Language.ENGLISH)
    await _note(records, turn, EventKind.RETRY_TOLD, now)
    await outbox.put(records, [_why(event, session, say)], to=origin, now=now, turn_id=turn.id)
    await records.turns.save(replace(turn, reply_token=None))


def _why(event: ApiRetried, session: Session, say: Texts) -> Say:
    why = say(f"retried.{_reason(event.status)}")
    return Say(
        text=say("retried.text", label=session.label, why=why, most=event.max_attempts),
        buttons=(
            Button(label=say("button.tail"), command=f"/tail {session.number}"),
            Button(label=say("button.interrupt"), command=f"/interrupt {session.number}"),
        ),
    )


def _reason(status: int | None) -> str:
    if status is None:
        return "unreachable"
    return _REASONS.get(status, "fault")


async def _events(records: Records, turn: Turn) -> list[SessionEvent]:
    latest = await records.log.latest(turn.session_id, limit=_LOOKED_AT)
    return [one for one in latest if one.turn_id == turn.id]


async def _note(records: Records, turn: Turn, kind: EventKind, now: datetime) -> None:
    await records.log.append(
        session_id=turn.session_id, turn_id=turn.id, kind=kind, data={}, now=now
    )
