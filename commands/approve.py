"""`/approve [number] [session]`: say yes to a tool call that waits, in place of its button.

`/approve grants [session]` and `/approve revoke <number>`: what runs unasked because of such a
yes, and an end to it. `/approve show`: the cards of what waits once more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from commands.approvals import take, the_waiting
from commands.grammar import fold
from commands.grants import LISTING, TAKING, grants_card, take_back_named
from commands.lookup import list_sessions, the_current, the_session
from commands.registry import Call
from commands.waiting import SHOWING, show_waiting
from orchestrator_core.desk import SessionDesk
from orchestrator_core.messages import Message
from orchestrator_core.model import Answer

FOR_SESSION = frozenset({"session", "セッション"})


@dataclass(frozen=True, slots=True)
class Approve:
    desk: SessionDesk

    name: ClassVar[str] = "approve"
    aliases: ClassVar[tuple[str, ...]] = ("承認", "核准", "อนุมัติ")

    async def run(self, call: Call) -> list[Message]:
        first, _, rest = call.argument.partition(" ")
        if fold(first) in LISTING:
            return [await self._list(call, rest.strip())]
        if fold(first) in TAKING:
            return [await take_back_named(call, rest.strip())]
        if fold(first) in SHOWING and not rest:
            return await show_waiting(call)
        words = [word for word in call.argument.split() if fold(word) not in FOR_SESSION]
        for_session = len(words) < len(call.argument.split())
        found = await the_waiting(call, " ".join(words), command="approve")
        if not isinstance(found, int):
            return [found]
        return await take(call, found, Answer.SESSION if for_session else Answer.ONCE)

    async def _list(self, call: Call, reference: str) -> Message:
        if reference:
            return await grants_card(call, await the_session(call, reference))
        current = await the_current(call, self.desk)
        return await grants_card(call, current) if current else await list_sessions(call)
