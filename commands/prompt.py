"""Plain text: a prompt to the current session, or to a first one."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from commands.lookup import the_current
from commands.registry import Call
from commands.rights import agent_for
from orchestrator_core.budgets import DAILY, Budgets, Level, Spender
from orchestrator_core.desk import SessionDesk
from orchestrator_core.messages import Button, Message, Say
from orchestrator_core.model import AuditAction, Session, SessionState
from orchestrator_core.upload_notes import GOES_ALONG_FOR

logger = logging.getLogger(__name__)

#: A message of LINE is far shorter; this bounds what other doors may bring.
MOST_CHARACTERS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompting:
    desk: SessionDesk
    budget: Budgets

    async def to_current(self, call: Call) -> list[Message]:
        """Ask the chat's current session; start one where there is none."""
        session = await the_current(call, self.desk)
        return await self.to(call, session or await self.start(call, agent=None))

    async def start(self, call: Call, *, agent: str | None) -> Session:
        """A new session, with the chat's agent unless one is named. Raises PersonError."""
        binding = await call.records.bindings.get(call.chat.id) if agent is None else None
        session = await self.desk.start(
            call.records,
            chat=call.chat,
            person_id=call.person.id,
            agent=agent_for(call, agent or (binding.agent if binding else None)),
            now=call.now,
        )
        await call.note(AuditAction.SESSION_START, session_id=session.id, agent=session.agent)
        return session

    async def to(self, call: Call, session: Session) -> list[Message]:
        """Queue the prompt; say something only when it will not run now."""
        notice = await self.why_not_now(call, session)
        # A notice uses the reply token; else the turn keeps it, so that its answer is free.
        origin = replace(call.origin, reply_token=None) if notice else call.origin
        asked = await self.desk.ask(
            call.records, session, call.argument, origin=origin, now=call.now
        )
        await call.records.uploads.attach(
            call.chat.id,
            call.person.id,
            workspace=session.workspace,
            turn_id=asked.turn.id,
            since=call.now - GOES_ALONG_FOR,
        )
        await call.note(AuditAction.SESSION_ASK, session_id=session.id, turn_id=asked.turn.id)
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
        why = await self.waits_for_budget(call, session)
        return Say(text=why) if why else None

    async def waits_for_budget(self, call: Call, session: Session) -> str | None:
        """Why prompts wait and until when; None while there is money left, or nobody can tell."""
        held = await self._held(call, session)
        if held is None or held.limit is None:
            return None
        key = "prompt.budget" if held.budget.name == DAILY else "prompt.budget_other"
        return call.say(
            key,
            name=held.budget.name,
            limit=call.say.money(held.limit),
            until=f"{held.ends:%m/%d %H:%M %Z}",
        )

    async def _held(self, call: Call, session: Session) -> Level | None:
        if not self.budget.every:
            return None
        spender = replace(Spender.of(session), person_id=call.person.id)
        try:
            async with call.records.attempt():
                return await self.budget.held_by(call.records, call.now, spender)
        except Exception:
            # The owners are told by the run, which meets the same.
            logger.exception("budgets unreadable", extra={"session_id": session.id})
            return None
