"""`/queue [#session] [drop <number> | first <number>]`: what waits, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from commands.addressing import named_first
from commands.grammar import fold
from commands.registry import Call
from commands.rights import demand
from commands.status import age
from orchestrator_core.desk import SessionDesk, name_from
from orchestrator_core.errors import ConflictError, NotFoundError, PersonError
from orchestrator_core.interrupted import task_of
from orchestrator_core.messages import Button, Card, Fact, Message, Say
from orchestrator_core.model import Session, Turn
from orchestrator_core.queueing import bring_forward, drop, is_movable, waiting
from orchestrator_core.rights import Action, may

#: Each has two buttons, of which a card has room for six and what is below it for more.
MOST_SHOWN = 9
_DROP = frozenset({"drop", "delete", "削除", "取消"})
_FIRST = frozenset({"first", "next", "先頭", "先に"})
_LAST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Queue:
    desk: SessionDesk

    name: ClassVar[str] = "queue"
    aliases: ClassVar[tuple[str, ...]] = ("待ち", "q")

    async def run(self, call: Call) -> list[Message]:
        if any(fold(word) in _DROP | _FIRST for word in call.argument.split()):
            demand(call, Action.CHANGE_QUEUE)
        session, rest = await named_first(call, self.desk)
        match rest.argument.split():
            case []:
                return [await _shown(call, session)]
            case [word, number] if fold(word) in _DROP | _FIRST:
                turn_id = _number(number)
                if fold(word) in _DROP:
                    return [await self._drop(call, session, turn_id)]
                return [await self._bring_forward(call, session, turn_id)]
        raise PersonError("queue.usage")

    async def _drop(self, call: Call, session: Session, turn_id: int) -> Say:
        try:
            dropped = await drop(
                call.records, session.id, turn_id, actor=call.person.id, now=call.now
            )
        except NotFoundError:
            raise _gone(call, session, turn_id) from None
        text = call.say("queue.dropped", prompt=_shown_prompt(dropped, call))
        return Say(text=text, buttons=(_again(call, session),))

    async def _bring_forward(self, call: Call, session: Session, turn_id: int) -> Message:
        try:
            await bring_forward(
                call.records,
                self.desk,
                session.id,
                turn_id,
                actor=call.person.id,
                now=call.now,
            )
        except NotFoundError:
            raise _gone(call, session, turn_id) from None
        except ConflictError:
            raise PersonError("queue.fixed", buttons=(_again(call, session),)) from None
        return await _shown(call, session)


async def _shown(call: Call, session: Session) -> Message:
    queue = await waiting(call.records, session.id)
    if not queue:
        status = Button(label=call.say("button.status"), command=f"/status {session.number}")
        return Say(text=call.say("queue.empty", label=session.label), buttons=(status,))
    say = call.say
    number = say.count("status.queue", len(queue))
    more = len(queue) - MOST_SHOWN
    return Card(
        title=session.label,
        summary=say("queue.summary", number=session.number, queue=number),
        text=say("queue.title", queue=number) + (say("queue.more", n=more) if more > 0 else ""),
        facts=tuple(_fact(call, turn) for turn in queue[:MOST_SHOWN]),
        buttons=_buttons(call, session, queue[:MOST_SHOWN]),
    )


def _fact(call: Call, turn: Turn) -> Fact:
    waits = age(call.now - turn.created_at, call.say)
    return Fact(label=f"{turn.id} · {waits}", value=_shown_prompt(turn, call))


def _buttons(call: Call, session: Session, queue: Sequence[Turn]) -> tuple[Button, ...]:
    """By the turn's own number: the place of one may change before the tap."""
    if not may(call.person.role, Action.CHANGE_QUEUE):
        return ()
    made = []
    for place, turn in enumerate(queue):
        command, say = f"/queue #{session.number}", call.say
        drops = Button(label=say("queue.drop", id=turn.id), command=f"{command} drop {turn.id}")
        made.append(drops)
        if place and all(is_movable(one) for one in queue if one != turn):
            first = say("queue.first", id=turn.id)
            made.append(Button(label=first, command=f"{command} first {turn.id}"))
    return tuple(made)


def _shown_prompt(turn: Turn, call: Call) -> str:
    return name_from(task_of(turn)) or call.say("queue.goes_on")


def _gone(call: Call, session: Session, turn_id: int) -> PersonError:
    return PersonError("queue.gone", buttons=(_again(call, session),), id=turn_id)


def _again(call: Call, session: Session) -> Button:
    return Button(label=call.say("button.queue"), command=f"/queue #{session.number}")


def _number(word: str) -> int:
    number = fold(word).removeprefix("#")
    if not (number.isascii() and number.isdigit()) or int(number) > _LAST_ID:
        raise PersonError("queue.usage")
    return int(number)
