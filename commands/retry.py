"""`/retry [session]`: the last prompt once more."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from commands.addressing import the_meant
from commands.choice import take_choice
from commands.prompt import Prompting
from commands.registry import Call
from orchestrator_core.errors import PersonError
from orchestrator_core.interrupted import task_of
from orchestrator_core.messages import ChoiceTap, Message
from orchestrator_core.model import (
    OPEN_TURN_STATES,
    Choice,
    MessageRole,
    Session,
    Turn,
    TurnState,
)

#: Whoever sent more prompts than this has taken all of them back.
_LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class Retry:
    prompting: Prompting

    name: ClassVar[str] = "retry"
    aliases: ClassVar[tuple[str, ...]] = ("再実行", "r")

    async def run(self, call: Call) -> list[Message]:
        session = await the_meant(call, self.prompting.desk, call.argument)
        await call.records.sessions.lock(session.id)
        last = await _last_turn(call, session)
        if last is None:
            raise PersonError("retry.nothing", label=session.label)
        if last.state in OPEN_TURN_STATES and not last.stop_requested:
            raise PersonError("retry.open", label=session.label)
        if last.state is TurnState.INTERRUPTED and last.choice is None:
            # Its card offers the same: it must not run once more by a tap on that.
            tap = ChoiceTap(turn_id=last.id, session_id=session.id, choice=Choice.AGAIN)
            return await take_choice(call, self.prompting, tap)
        # Whoever takes that message back takes this turn back with it.
        origin = replace(call.origin, message_id=last.message_id)
        return await self.prompting.to(
            replace(call, argument=task_of(last), origin=origin), session
        )


async def _last_turn(call: Call, session: Session) -> Turn | None:
    """The last one that has a task of a person's."""
    said = await call.records.log.messages(session.id, limit=_LOOKED_AT)
    for message in reversed(said):
        if message.role is MessageRole.PROMPT and message.text:
            turn = await call.records.turns.lock(message.turn_id)
            if task_of(turn):
                return turn
    return None
