"""`/use <session>`: the session that plain text goes to from now on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from commands.lookup import list_sessions, the_session
from commands.prompt import Prompting
from commands.registry import Call
from orchestrator_core.desk import SessionDesk
from orchestrator_core.messages import Button, Message, Say
from orchestrator_core.model import AuditAction


@dataclass(frozen=True, slots=True)
class Use:
    desk: SessionDesk
    prompting: Prompting

    name: ClassVar[str] = "use"
    aliases: ClassVar[tuple[str, ...]] = ("使う", "切換", "สลับ", "u")

    async def run(self, call: Call) -> list[Message]:
        if not call.argument:
            return [await list_sessions(call)]
        session = await the_session(call, call.argument)
        await self.desk.use(call.records, session, chat=call.chat)
        released = await self.desk.resume(call.records, session.id, now=call.now)
        await call.note(AuditAction.SESSION_USE, session_id=session.id, released=released)
        text = call.say("use.now", label=session.label)
        if released:
            waits = await self.prompting.waits_for_budget(call, session)
            text += "\n" + (waits or call.say.count("use.released", released))
        status = Button(label=call.say("button.status"), command=f"/status {session.number}")
        return [Say(text=text, buttons=(status,))]
