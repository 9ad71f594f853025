"""`/deny [number] [reason]`: say no to a tool call that waits, in place of its button."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from commands.approvals import take, the_waiting
from commands.registry import Call
from orchestrator_core.messages import Message
from orchestrator_core.model import Answer

_NUMBERED = re.compile(r"[#＃]?(?P<number>\d+)(?:\s+(?P<reason>.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Deny:
    name: ClassVar[str] = "deny"
    aliases: ClassVar[tuple[str, ...]] = ("拒否", "却下", "拒絕", "ปฏิเสธ")

    async def run(self, call: Call) -> list[Message]:
        match = _NUMBERED.fullmatch(call.argument)
        number, reason = (match["number"], match["reason"]) if match else ("", call.argument)
        found = await the_waiting(call, number, command="deny")
        if not isinstance(found, int):
            return [found]
        return await take(call, found, Answer.DENY, reason=(reason or "").strip() or None)
