"""`/interrupt [session]`: end the turn at work; the session goes on with what waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from commands.addressing import the_meant
from commands.registry import Call
from orchestrator_core.desk import SessionDesk
from orchestrator_core.errors import PersonError
from orchestrator_core.messages import Button, Message, Say
from orchestrator_core.queueing import interrupt, waiting


@dataclass(frozen=True, slots=True)
class Interrupt:
    desk: SessionDesk

    name: ClassVar[str] = "interrupt"
    aliases: ClassVar[tuple[str, ...]] = ("中断", "esc")

    async def run(self, call: Call) -> list[Message]:
        session = await the_meant(call, self.desk, call.argument)
        turn = await interrupt(call.records, session.id, actor=call.person.id, now=call.now)
        if turn is None:
            raise PersonError("interrupt.nothing", label=session.label)
        left = len(await waiting(call.records, session.id))
        text = call.say("interrupt.done", label=session.label)
        if left:
            text += "\n" + call.say.count("interrupt.waiting", left)
        retry = Button(label=call.say("button.retry"), command=f"/retry {session.number}")
        queue = Button(label=call.say("button.queue"), command=f"/queue #{session.number}")
        return [Say(text=text, buttons=(retry, queue) if left else (retry,))]
