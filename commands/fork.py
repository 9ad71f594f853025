"""`/fork [#session] [text]`: a new session that goes on with a copy of the conversation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from commands.addressing import named_first
from commands.prompt import Prompting
from commands.registry import Call
from commands.rights import demand_agent
from orchestrator_core.desk import name_from
from orchestrator_core.errors import ConflictError, PersonError
from orchestrator_core.forking import fork
from orchestrator_core.messages import Button, Message, Say
from orchestrator_core.model import AuditAction


@dataclass(frozen=True, slots=True)
class Fork:
    prompting: Prompting

    name: ClassVar[str] = "fork"
    aliases: ClassVar[tuple[str, ...]] = ("分岐",)

    async def run(self, call: Call) -> list[Message]:
        desk = self.prompting.desk
        source, rest = await named_first(call, desk)
        demand_agent(call, source.agent)
        name = name_from(call.say("fork.name", name=source.name or f"#{source.number}"))
        try:
            made = await fork(call.records, source, name=name, origin=call.origin, now=call.now)
        except ConflictError:
            raise PersonError("fork.nothing", label=source.label) from None
        await desk.use(call.records, made, chat=call.chat)
        await call.note(AuditAction.SESSION_FORK, session_id=made.id, source=source.id)
        if rest.argument:
            return await self.prompting.to(rest, made)
        back = Button(label=source.label, command=f"/use {source.number}")
        text = call.say("fork.ready", label=made.label, source=source.label)
        return [Say(text=text, buttons=(back,))]
