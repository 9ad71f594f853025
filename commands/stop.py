"""`/stop [session|all]`: end what runs and drop what waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from commands.grammar import fold
from commands.lookup import the_current, the_session
from commands.registry import Call
from orchestrator_core.desk import SessionDesk
from orchestrator_core.errors import PersonError
from orchestrator_core.messages import Button, Message, Say
from orchestrator_core.model import Session, SessionState

EVERY_SESSION = frozenset({"all", "全部", "すべて", "全て"})


@dataclass(frozen=True, slots=True)
class Stop:
    desk: SessionDesk

    name: ClassVar[str] = "stop"
    aliases: ClassVar[tuple[str, ...]] = ("停止", "止めて", "หยุด")

    async def run(self, call: Call) -> list[Message]:
        if fold(call.argument) in EVERY_SESSION:
            return [await self._stop_all(call)]
        session = await self._meant(call)
        if session.state is SessionState.STOPPED:
            raise PersonError("stop.already", label=session.label, buttons=_resume(call, session))
        dropped = await self._stop(call, session.id)
        text = call.say("stop.done", label=session.label)
        if dropped:
            text += "\n" + call.say.count("stop.dropped", dropped)
        return [Say(text=text, buttons=_resume(call, session))]

    async def _meant(self, call: Call) -> Session:
        if call.argument:
            return await the_session(call, call.argument)
        current = await the_current(call, self.desk)
        if current is None:
            raise PersonError("session.none")
        return current

    async def _stop(self, call: Call, session_id: str) -> int:
        """How many prompts, the running one included, will not be answered."""
        waiting = await call.records.turns.open_of(session_id)
        await self.desk.stop(call.records, session_id, actor=call.person.id, now=call.now)
        return len(waiting)

    async def _stop_all(self, call: Call) -> Say:
        """Every session that has something to do, of the agents the person may use."""
        stopped = 0
        # By id: whoever locks several sessions does so in this order.
        for session_id in sorted(await call.records.turns.busy_sessions()):
            session = await call.records.sessions.lock(session_id)
            is_theirs = call.agents.admits(call.person, session.agent)
            if is_theirs and session.state is not SessionState.STOPPED:
                await self._stop(call, session_id)
                stopped += 1
        if not stopped:
            return Say(text=call.say("stop.all_idle"))
        return Say(text=call.say.count("stop.all", stopped))


def _resume(call: Call, session: Session) -> tuple[Button, ...]:
    label = call.say("button.resume", number=session.number)
    return (Button(label=label, command=f"/use {session.number}"),)
