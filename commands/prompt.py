"""Plain text: a prompt to the current session, or to a first one."""

from __future__ import annotations

from dataclasses import dataclass, replace

from commands.registry import Call
from orchestrator_core.budget import DailyBudget
from orchestrator_core.desk import SessionDesk
from orchestrator_core.messages import Button, Message, Say
from orchestrator_core.model import Session, SessionState
from orchestrator_core.money import dollars

#: A message of LINE is far shorter; this bounds what other doors may bring.
MOST_CHARACTERS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompting:
    desk: SessionDesk
    budget: DailyBudget

    async def to_current(self, call: Call) -> list[Message]:
        """Ask the chat's current session; start one where there is none."""
        session = await self.desk.current(call.records, call.chat)
        if session is None:
            session = await self.desk.start(
                call.records,
                chat=call.chat,
                person_id=call.person.id,
                agent=None,
                now=call.now,
            )
        return await self.to(call, session)

    async def to(self, call: Call, session: Session) -> list[Message]:
        """Queue the prompt; say something only when it will not run now."""
        notice = await self.why_not_now(call, session)
        # A notice uses the reply token; else the turn keeps it, so that its answer is free.
        origin = replace(call.origin, reply_token=None) if notice else call.origin
        await self.desk.ask(call.records, session, call.argument, origin=origin, now=call.now)
        return [notice] if notice else []

    async def why_not_now(self, call: Call, session: Session) -> Say | None:
        """What to say when a prompt to this session will wait; None when it will not."""
        if session.state is SessionState.STOPPED:
            return Say(
                text=call.say("prompt.held", label=session.label),
                buttons=(
                    Button(
                        label=call.say("button.resume", number=session.number),
                        command=f"/use {session.number}",
                    ),
                    Button(label=call.say("button.new"), command="/new"),
                ),
            )
        why = await self.waits_for_budget(call)
        return Say(text=why) if why else None

    async def waits_for_budget(self, call: Call) -> str | None:
        """Why prompts wait and until when; None while there is money left."""
        limit = self.budget.limit_usd
        until = await self.budget.waits_until(call.records, call.now)
        if limit is None or until is None:
            return None
        return call.say("prompt.budget", limit=dollars(limit), until=f"{until:%m/%d %H:%M %Z}")
