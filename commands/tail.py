"""`/tail [session]`: the latest steps of the turn at work, or of the last one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from commands.addressing import the_meant
from commands.registry import Call
from commands.status import age
from orchestrator_core.desk import SessionDesk
from orchestrator_core.errors import PersonError
from orchestrator_core.messages import Button, Card, Message
from orchestrator_core.model import Session, SessionEvent, SessionState
from orchestrator_core.rights import Action, may
from orchestrator_core.steps import PROMPT, step_of

STEPS = 8
_LOOKED_AT = 60


@dataclass(frozen=True, slots=True)
class Tail:
    desk: SessionDesk

    name: ClassVar[str] = "tail"
    aliases: ClassVar[tuple[str, ...]] = ("経過", "t")

    async def run(self, call: Call) -> list[Message]:
        session = await the_meant(call, self.desk, call.argument)
        events = await call.records.log.latest(session.id, limit=_LOOKED_AT)
        # A prompt that only waits has done nothing.
        turns = [one.turn_id for one in events if one.turn_id and one.kind != PROMPT]
        running = [
            one.id for one in await call.records.turns.open_of(session.id) if one.started_at
        ]
        turn_id = running[0] if running else max(turns, default=None)
        steps = _lines(call, [one for one in events if one.turn_id == turn_id])
        if not steps:
            raise PersonError("tail.none", label=session.label)
        return [_card(call, session, steps)]


def _lines(call: Call, events: Sequence[SessionEvent]) -> list[str]:
    told = [(one, step_of(one, call.say)) for one in events]
    return [
        call.say("tail.line", age=age(call.now - event.created_at, call.say), step=step)
        for event, step in told
        if step
    ][-STEPS:]


def _card(call: Call, session: Session, steps: Sequence[str]) -> Card:
    say = call.say
    number = session.number
    buttons = [Button(label=say("button.tail"), command=f"/tail {number}")]
    works = session.state is SessionState.RUNNING
    if works and may(call.person.role, Action.INTERRUPT):
        buttons.append(Button(label=say("button.interrupt"), command=f"/interrupt {number}"))
    buttons.append(Button(label=say("button.status"), command=f"/status {number}"))
    return Card(
        title=session.label,
        summary=steps[-1].replace("\n", " "),
        text="\n".join(steps),
        buttons=tuple(buttons),
    )
