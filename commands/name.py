"""`/name [#session] <name>`: what a session is called from now on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from commands.addressing import named_first
from commands.registry import Call
from orchestrator_core.desk import SessionDesk, name_from
from orchestrator_core.errors import PersonError
from orchestrator_core.messages import Message, Say
from orchestrator_core.model import AuditAction


@dataclass(frozen=True, slots=True)
class Name:
    desk: SessionDesk

    name: ClassVar[str] = "name"
    aliases: ClassVar[tuple[str, ...]] = ("名前", "rename")

    async def run(self, call: Call) -> list[Message]:
        meant, rest = await named_first(call, self.desk)
        name = name_from(rest.argument)
        if not name:
            raise PersonError("name.usage", label=meant.label)
        session = await call.records.sessions.lock(meant.id)
        await call.records.sessions.save(replace(session, name=name))
        await call.note(AuditAction.SESSION_NAME, session_id=session.id, name=name)
        return [Say(text=call.say("name.now", number=session.number, name=name))]
