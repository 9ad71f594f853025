"""`/status [session]`: what a session is doing, how long, how much it has cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from commands.lookup import list_sessions, the_current, the_session
from commands.registry import Call
from orchestrator_core.desk import SessionDesk
from orchestrator_core.messages import Button, Card, Fact, Message
from orchestrator_core.model import Grant, Mode, Session, SessionState, Turn, TurnState
from orchestrator_core.rights import Action, may
from orchestrator_core.texts import Texts

MINUTE, HOUR, DAY = 60, 3600, 86400


@dataclass(frozen=True, slots=True)
class Status:
    desk: SessionDesk

    name: ClassVar[str] = "status"
    aliases: ClassVar[tuple[str, ...]] = ("状態", "狀態", "สถานะ", "s")

    async def run(self, call: Call) -> list[Message]:
        if call.argument:
            session = await the_session(call, call.argument)
        else:
            current = await the_current(call, self.desk)
            if current is None:
                return [await list_sessions(call)]
            session = current
        return [await status_card(call, session)]


async def status_card(call: Call, session: Session) -> Card:
    say = call.say
    unanswered = await call.records.turns.open_of(session.id)
    waiting = [turn for turn in unanswered if turn.state is not TurnState.RUNNING]
    state = await _state(call, session, unanswered)
    allowed = await call.records.approvals.grants(session.id, limit=1)
    return Card(
        title=session.label,
        summary=say(
            "status.summary", number=session.number, state=state, cost=say.money(session.cost_usd)
        ),
        facts=(
            Fact(label=say("fact.state"), value=state),
            Fact(label=say("fact.age"), value=age(call.now - session.created_at, say)),
            Fact(label=say("fact.queue"), value=say.count("status.queue", len(waiting))),
            Fact(label=say("fact.cost"), value=say.money(session.cost_usd)),
            Fact(label=say("fact.agent"), value=session.agent),
            *_choices(call, session),
            Fact(label=say("fact.id"), value=session.short_id),
        ),
        text=session.last_line,
        buttons=(*_buttons(call, session), *_grants_button(call, session, allowed)),
    )


async def _state(call: Call, session: Session, unanswered: Sequence[Turn]) -> str:
    """A session that waits for somebody's yes is not said to be working."""
    for turn in unanswered:
        if await call.records.approvals.pending_of(turn.id):
            return call.say("status.asking")
    return call.say(f"state.{session.state}")


def _choices(call: Call, session: Session) -> list[Fact]:
    """What was chosen for this session alone."""
    say, facts = call.say, []
    if session.model is not None:
        facts.append(Fact(label=say("fact.model"), value=session.model))
    if session.mode is not Mode.DEFAULT:
        facts.append(Fact(label=say("fact.mode"), value=say(f"mode.{session.mode}")))
    return facts


def age(elapsed: timedelta, say: Texts) -> str:
    """In the largest unit that fits: `3 min`, `2 h`."""
    seconds = max(0, int(elapsed.total_seconds()))
    for unit, length in (("days", DAY), ("hours", HOUR), ("minutes", MINUTE)):
        if seconds >= length:
            return say.count(f"age.{unit}", seconds // length)
    return say.count("age.seconds", seconds)


def _grants_button(call: Call, session: Session, allowed: list[Grant]) -> tuple[Button, ...]:
    if not allowed or not may(call.person.role, Action.APPROVE):
        return ()
    command = f"/approve grants {session.number}"
    return (Button(label=call.say("button.grants"), command=command),)


def _buttons(call: Call, session: Session) -> tuple[Button, ...]:
    say = call.say
    if not may(call.person.role, Action.USE):
        return ()
    others = Button(label=say("button.sessions"), command="/use")
    if session.state is SessionState.STOPPED:
        number = session.number
        resume = Button(
            label=say("button.resume", number=number), command=f"/use {number}", primary=True
        )
        return (resume, others)
    return (Button(label=say("button.stop"), command=f"/stop {session.number}"), others)
