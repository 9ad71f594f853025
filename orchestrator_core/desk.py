"""What can be done with a session: start, ask, stop, take up again.

Chat commands and the API come here alike. Each function works inside the caller's transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from orchestrator_core.agents import AgentBook
from orchestrator_core.errors import ConflictError
from orchestrator_core.model import (
    AuditAction,
    AuditEntry,
    Binding,
    Chat,
    EventKind,
    NewTurn,
    Origin,
    Session,
    SessionState,
    Turn,
    TurnState,
)
from orchestrator_core.ports import Records, Topic, pool_key
from orchestrator_core.redaction import redact

NAME_LENGTH = 40


class Asked(NamedTuple):
    turn: Turn
    #: False when the same call had been made before.
    is_new: bool


@dataclass(frozen=True, slots=True)
class SessionDesk:
    agents: AgentBook

    async def start(
        self,
        records: Records,
        *,
        chat: Chat | None,
        person_id: str | None,
        agent: str | None,
        now: datetime,
    ) -> Session:
        """A new session, current in its chat. Raises PersonError for an unknown agent."""
        binding = await records.bindings.get(chat.id) if chat else None
        profile = self.agents.pick(agent or (binding.agent if binding else None))
        session = await records.sessions.add(
            chat=chat,
            person_id=person_id,
            agent=profile.name,
            workspace=self.agents.workspace_of(profile),
            pool=self.agents.pool_of(profile),
            now=now,
        )
        await _note(records, session.id, EventKind.SESSION_STARTED, now, agent=profile.name)
        if chat:
            await self.use(records, session, chat=chat)
        return session

    async def use(self, records: Records, session: Session, *, chat: Chat) -> None:
        """Make the session the one that plain text in this chat goes to."""
        binding = await records.bindings.get(chat.id) or Binding(chat_id=chat.id)
        await records.bindings.save(replace(binding, session_id=session.id))

    async def current(self, records: Records, chat: Chat) -> Session | None:
        binding = await records.bindings.get(chat.id)
        if binding is None or binding.session_id is None:
            return None
        return await records.sessions.get(binding.session_id)

    async def ask(
        self,
        records: Records,
        session: Session,
        prompt: str,
        *,
        now: datetime,
        origin: Origin | None = None,
        idempotency_key: str | None = None,
    ) -> Asked:
        """Queue the prompt, or hold it when the session is stopped.

        With an `idempotency_key` seen before, the turn made then is returned. Raises
        ConflictError when that one had another prompt.
        """
        new = replace(_turn_for(session, prompt, now, origin), idempotency_key=idempotency_key)
        try:
            turn, session = await records.turns.enqueue(new)
        except ConflictError:
            # Of two calls with one key the second waits, and sees what the first has made.
            known = await records.turns.by_key(session.id, idempotency_key or "")
            if known is None:
                raise
            return Asked(_same_prompt(known, prompt), is_new=False)
        if session.name is None:
            await records.sessions.save(replace(session, name=name_from(prompt)))
        records.wake(Topic.EVENTS, session.id)
        records.wake(Topic.TURNS, _whom_to_wake(session, now))
        return Asked(turn, is_new=True)

    async def stop(
        self, records: Records, session_id: str, *, actor: str, now: datetime
    ) -> Session:
        """End what runs, drop what waits; the session takes nothing more until it is resumed.

        The turn under way is told to end by a wake-up after the commit. A session that is
        stopped already stays as it is, its held prompts too. Raises NotFoundError.
        """
        session = await records.sessions.lock(session_id)
        if session.state is SessionState.STOPPED:
            return session
        for turn in await records.turns.open_of(session_id):
            if turn.state is TurnState.RUNNING:
                await records.turns.save(replace(turn, stop_requested=True))
            else:
                dropped = replace(turn, state=TurnState.STOPPED, finished_at=now)
                await records.turns.save(dropped)
                kind = EventKind.of_turn(dropped.state)
                await _note(records, session_id, kind, now, turn.id, text="")
        stopped = replace(session, state=SessionState.STOPPED, updated_at=now)
        await records.sessions.save(stopped)
        await _note(records, session_id, EventKind.SESSION_STOPPED, now)
        await records.audit.add(
            AuditEntry(
                actor=actor,
                action=AuditAction.SESSION_STOP,
                detail={},
                created_at=now,
                session_id=session_id,
            )
        )
        records.wake(Topic.STOPS, session_id)
        return stopped

    async def resume(self, records: Records, session_id: str, *, now: datetime) -> int:
        """Take a stopped session up again. Returns how many held prompts run now."""
        session = await records.sessions.lock(session_id)
        if session.state is not SessionState.STOPPED:
            return 0
        held = [
            turn
            for turn in await records.turns.open_of(session_id)
            if turn.state is TurnState.HELD
        ]
        for turn in held:
            await records.turns.save(replace(turn, state=TurnState.QUEUED))
        await records.sessions.save(replace(session, state=SessionState.IDLE, updated_at=now))
        await _note(records, session_id, EventKind.SESSION_RESUMED, now, prompts=len(held))
        records.wake(Topic.TURNS, _whom_to_wake(session, now))
        return len(held)


def name_from(prompt: str) -> str:
    """A name people recognise the session by: the first words of its first prompt."""
    # Before it is cut: half a secret looks like none.
    first_line = redact(" ".join(prompt.split("\n", 1)[0].split()))
    if len(first_line) <= NAME_LENGTH:
        return first_line
    return first_line[:NAME_LENGTH].rstrip() + "…"


def _turn_for(session: Session, prompt: str, now: datetime, origin: Origin | None) -> NewTurn:
    return NewTurn(
        session_id=session.id,
        prompt=prompt,
        created_at=now,
        chat=origin.chat if origin else None,
        person_id=origin.person_id if origin else None,
        reply_token=origin.reply_token if origin else None,
        message_id=origin.message_id if origin else None,
    )


def _same_prompt(known: Turn, prompt: str) -> Turn:
    if known.prompt != prompt:
        raise ConflictError("this Idempotency-Key was used with another text")
    return known


def _whom_to_wake(session: Session, now: datetime) -> str:
    """The worker that has the session, as its Claude is warm; else one that can reach it."""
    return session.holder(now) or pool_key(session.pool)


async def _note(
    records: Records,
    session_id: str,
    kind: EventKind,
    now: datetime,
    turn_id: int | None = None,
    **data: object,
) -> None:
    await records.log.append(session_id=session_id, turn_id=turn_id, kind=kind, data=data, now=now)
    records.wake(Topic.EVENTS, session_id)
