"""Interrupted turns: what the person is asked about one, and what each choice does.

The first choice counts, whether it comes from a chat or over the API. What it starts is a turn of
its own at the end of the session's queue. Prompts that wait there do not wait for the choice: they
are wishes of their own, and nobody may ever choose.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from orchestrator_core.desk import SessionDesk, name_from
from orchestrator_core.errors import ConflictError, NotFoundError
from orchestrator_core.messages import Button, Card, ChoiceTap, Fact
from orchestrator_core.model import (
    AuditAction,
    AuditEntry,
    Choice,
    EventKind,
    Origin,
    Session,
    Turn,
    TurnState,
)
from orchestrator_core.ports import Records, Topic
from orchestrator_core.redaction import redact
from orchestrator_core.texts import Texts

#: Told to Claude, to whom Denrei speaks English whatever the person speaks.
GO_ON = (
    "A turn of yours was interrupted before it was finished. Some of its task may have been done "
    "already, by you or by commands you started. Check first what has been done, do not repeat "
    "it, and then go on with what is left."
)
#: The task itself follows: Claude may have been ended before it had noted down what was asked.
_TASK = "\n\nThe task was:\n\n"
_SHOWN_CHARACTERS = 100


class Offer(NamedTuple):
    """An interrupted turn that is locked, with its session."""

    turn: Turn
    session: Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    choice: Choice
    #: Who chose, for the audit.
    actor: str
    #: Where the answer goes; None: to where the turn came from.
    origin: Origin | None = None


class Chosen(NamedTuple):
    turn: Turn
    #: What was queued, or is held, because of it; None: nothing.
    following: Turn | None
    #: False when the same had been chosen before.
    is_new: bool


class Refusal(enum.StrEnum):
    """Why a choice is not possible."""

    NOT_INTERRUPTED = "only an interrupted turn has a choice"
    DECIDED = "something else was chosen before"
    TAKEN_BACK = "the message with its prompt was taken back, so it cannot run again"


async def lock_offer(records: Records, session_id: str, turn_id: int) -> Offer:
    """In the order in which every transaction locks. Raises NotFoundError."""
    session = await records.sessions.lock(session_id)
    turn = await records.turns.lock(turn_id)
    if turn.session_id != session.id:
        raise NotFoundError(f"turn {turn_id}")
    return Offer(turn, session)


def refusal(turn: Turn, choice: Choice) -> Refusal | None:
    if turn.state is not TurnState.INTERRUPTED:
        return Refusal.NOT_INTERRUPTED
    if turn.choice is not None:
        return Refusal.DECIDED
    if choice is Choice.AGAIN and not task_of(turn):
        return Refusal.TAKEN_BACK
    return None


async def choose(
    records: Records, desk: SessionDesk, offer: Offer, decision: Decision, *, now: datetime
) -> Chosen:
    """Carry out a choice, once. Raises ConflictError when it is refused."""
    turn, choice = offer.turn, decision.choice
    if turn.choice is choice:
        before = await records.turns.by_key(turn.session_id, _key_after(turn))
        return Chosen(turn, before, is_new=False)
    refused = refusal(turn, choice)
    if refused is not None:
        raise ConflictError(refused.value)
    chosen = replace(turn, choice=choice)
    await records.turns.save(chosen)
    await _note(records, chosen, decision, now)
    origin = decision.origin or turn.origin
    if choice is Choice.LEAVE:
        return Chosen(chosen, None, is_new=True)
    return Chosen(chosen, await _queue(records, desk, offer, choice, origin, now), is_new=True)


def task_of(turn: Turn) -> str:
    """What the person asked for, also when the turn only went on with it. Empty when they took
    it back."""
    return "" if turn.prompt == GO_ON else turn.prompt.removeprefix(GO_ON + _TASK)


def interrupted_card(turn: Turn, session: Session, say: Texts) -> Card:
    """On a card the buttons stay; below a text they would vanish under the next message."""
    task = task_of(turn)
    facts = [Fact(label=say("fact.session"), value=session.label)]
    if task:
        facts.append(Fact(label=say("fact.prompt"), value=_beginning(task)))
    # What is gone cannot run again.
    choices = [one for one in Choice if task or one is not Choice.AGAIN]
    return Card(
        title=say("interrupted.title"),
        summary=say("interrupted.summary", number=session.number),
        text=_what_happened(turn, say),
        facts=tuple(facts),
        buttons=tuple(_button(turn, choice, say) for choice in choices),
    )


def _what_happened(turn: Turn, say: Texts) -> str:
    if turn.reached_model:
        return say("turn.interrupted")
    # It was begun again by itself until its runs were used up.
    return say.count("turn.given_up", turn.runs)


def _button(turn: Turn, choice: Choice, say: Texts) -> Button:
    return Button(
        label=say(f"interrupted.{choice}"),
        tap=ChoiceTap(turn_id=turn.id, session_id=turn.session_id, choice=choice),
        primary=choice is Choice.CONTINUE,
    )


def _beginning(task: str) -> str:
    # Before it is cut: half a secret looks like none.
    line = redact(" ".join(task[: 8 * _SHOWN_CHARACTERS].split()))
    return line if len(line) <= _SHOWN_CHARACTERS else line[:_SHOWN_CHARACTERS].rstrip() + "…"


async def _queue(
    records: Records,
    desk: SessionDesk,
    offer: Offer,
    choice: Choice,
    origin: Origin | None,
    now: datetime,
) -> Turn:
    turn, session = offer
    task = task_of(turn)
    prompt = task if choice is Choice.AGAIN else GO_ON + _TASK + task if task else GO_ON
    if origin is not None:
        # Whoever takes that message back takes this turn back with it.
        origin = replace(origin, message_id=turn.message_id)
    asked = await desk.ask(
        records, session, prompt, origin=origin, now=now, idempotency_key=_key_after(turn)
    )
    if session.name is None:
        # Nobody would know the session by words that are Denrei's own.
        await records.sessions.save(replace(session, name=name_from(task) or None))
    return asked.turn


def _key_after(turn: Turn) -> str:
    """With a space in it, which no API caller's key can have."""
    return f"after {turn.id}"


async def _note(records: Records, turn: Turn, decision: Decision, now: datetime) -> None:
    choice = decision.choice.value
    await records.audit.add(
        AuditEntry(
            actor=decision.actor,
            action=AuditAction.TURN_CHOICE,
            detail={"turn_id": turn.id, "choice": choice},
            created_at=now,
            session_id=turn.session_id,
        )
    )
    await records.log.append(
        session_id=turn.session_id,
        turn_id=turn.id,
        kind=EventKind.TURN_CHOICE,
        data={"choice": choice},
        now=now,
    )
    records.wake(Topic.EVENTS, turn.session_id)
