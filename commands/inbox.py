"""`/inbox` and the button **Get result**: what was not pushed, fetched for free."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from commands.registry import Call
from orchestrator_core.errors import NotFoundError, PersonError
from orchestrator_core.messages import Message, ResultTap, Say
from orchestrator_core.model import OPEN_TURN_STATES, Turn, TurnState
from orchestrator_core.stored_inbox import LOOKED_AT


@dataclass(frozen=True, slots=True)
class Inbox:
    name: ClassVar[str] = "inbox"
    aliases: ClassVar[tuple[str, ...]] = ("受信箱", "收件匣", "กล่องข้อความ", "i")

    async def run(self, call: Call) -> list[Message]:
        """Nothing when something waits: then it is the answer."""
        if await call.records.deliveries.kept(call.chat.id, limit=LOOKED_AT):
            return []
        return [Say(text=call.say("inbox.empty"))]


async def take_result(call: Call, tap: ResultTap) -> list[Message]:
    """A turn at work gets the tap's reply token, so that its answer is free. Of one that is over
    the answer waits in the inbox. Raises PersonError."""
    turn = await _lock(call, tap)
    if turn.state is TurnState.HELD:
        raise PersonError("result.held")
    if turn.state in OPEN_TURN_STATES:
        await call.records.turns.save(replace(turn, reply_token=call.origin.reply_token))
        return []
    if await call.records.deliveries.kept(call.chat.id, limit=LOOKED_AT):
        return []
    raise PersonError("result.fetched")


async def _lock(call: Call, tap: ResultTap) -> Turn:
    try:
        await call.records.sessions.lock(tap.session_id)
        turn = await call.records.turns.lock(tap.turn_id)
    except NotFoundError:
        raise PersonError("result.gone") from None
    is_here = turn.chat is not None and turn.chat.id == call.chat.id
    if turn.session_id != tap.session_id or not is_here:
        # A number alone may come again in another database.
        raise PersonError("result.gone")
    return turn
