"""`/approve [number] [session]`: say yes to a tool call that waits, in place of its button."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from commands.approvals import take, the_waiting
from commands.grammar import fold
from commands.registry import Call
from orchestrator_core.messages import Message
from orchestrator_core.model import Answer

FOR_SESSION = frozenset({"session", "セッション"})


@dataclass(frozen=True, slots=True)
class Approve:
    name: ClassVar[str] = "approve"
    aliases: ClassVar[tuple[str, ...]] = ("承認",)

    async def run(self, call: Call) -> list[Message]:
        words = [word for word in call.argument.split() if fold(word) not in FOR_SESSION]
        for_session = len(words) < len(call.argument.split())
        found = await the_waiting(call, " ".join(words), command="approve")
        if not isinstance(found, int):
            return [found]
        return await take(call, found, Answer.SESSION if for_session else Answer.ONCE)
