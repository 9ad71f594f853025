"""The records in memory. `state` gives what they work on: a transaction's own copy, or what is
committed at this moment."""

from __future__ import annotations

import secrets
from copy import deepcopy
from dataclasses import replace
from datetime import datetime

from orchestrator_core.errors import ConflictError
from orchestrator_core.model import (
    OPEN_TURN_STATES,
    Binding,
    Chat,
    InboxEvent,
    InboxState,
    JsonObject,
    MessageRole,
    NewTurn,
    Person,
    Session,
    SessionEvent,
    SessionMessage,
    SessionState,
    Turn,
    TurnState,
)
from tests.fakes.state import FakeTable, as_json, aware, found, next_id, save_fields

#: What a save takes over; the rest stays as it was added.
_SESSION_CHANGES = (
    *("name", "state", "updated_at", "claude_session_id"),
    *("cost_usd", "reported_total_usd", "last_line"),
)
_TURN_CHANGES = (
    *("state", "reply_token", "started_at", "finished_at"),
    *("runs", "reached_model", "stop_requested"),
)


class FakeInbox(FakeTable):
    async def new(self, limit: int) -> list[InboxEvent]:
        events = sorted(self.state.inbox.values(), key=lambda event: event.id)
        return [event for event in events if event.state is InboxState.NEW][:limit]

    async def lock(self, event_id: int) -> InboxEvent:
        return found(self.state.inbox, event_id)

    async def save(self, event: InboxEvent) -> None:
        save_fields(self.state.inbox, event.id, event, "state", "failures")


class FakePeople(FakeTable):
    async def get(self, person_id: str) -> Person | None:
        return self.state.people.get(person_id)

    async def save(self, person: Person) -> None:
        aware(person.refused_at)
        self.state.people[person.id] = person


class FakeBindings(FakeTable):
    async def get(self, chat_id: str) -> Binding | None:
        return self.state.bindings.get(chat_id)

    async def save(self, binding: Binding) -> None:
        self.state.bindings[binding.chat_id] = binding


class FakeSessions(FakeTable):
    async def add(
        self,
        *,
        chat: Chat | None,
        person_id: str | None,
        agent: str,
        workspace: str,
        now: datetime,
    ) -> Session:
        aware(now)
        session = Session(
            id=secrets.token_hex(16),
            number=len(self.state.sessions) + 1,
            name=None,
            chat=chat,
            person_id=person_id,
            agent=agent,
            workspace=workspace,
            state=SessionState.IDLE,
            created_at=now,
            updated_at=now,
        )
        self.state.sessions[session.id] = session
        return session

    async def get(self, session_id: str) -> Session | None:
        return self.state.sessions.get(session_id)

    async def lock(self, session_id: str) -> Session:
        return found(self.state.sessions, session_id)

    async def save(self, session: Session) -> None:
        aware(session.updated_at)
        save_fields(self.state.sessions, session.id, session, *_SESSION_CHANGES)

    async def find(self, reference: str) -> list[Session]:
        wanted = reference.casefold()
        meant = [
            session
            for session in self._newest_first()
            if (reference.isdecimal() and session.number == int(reference))
            or (len(wanted) >= 4 and session.id.startswith(wanted))
            or (session.name is not None and session.name.casefold() == wanted)
        ]
        return meant[:10]

    async def page(self, *, limit: int, before_number: int | None = None) -> list[Session]:
        below = before_number
        page = [one for one in self._newest_first() if below is None or one.number < below]
        return page[:limit]

    async def count_running(self) -> int:
        states = [session.state for session in self.state.sessions.values()]
        return states.count(SessionState.RUNNING)

    def _newest_first(self) -> list[Session]:
        return sorted(self.state.sessions.values(), key=lambda one: one.number, reverse=True)


class FakeTurns(FakeTable):
    async def add(self, turn: NewTurn) -> Turn:
        aware(turn.created_at)
        key = turn.idempotency_key
        if key is not None and await self.by_key(turn.session_id, key) is not None:
            raise ConflictError("this idempotency key was used before")
        stored = Turn(
            id=next_id(self.state.turns),
            session_id=turn.session_id,
            prompt=turn.prompt,
            state=turn.state,
            created_at=turn.created_at,
            chat=turn.chat,
            person_id=turn.person_id,
            reply_token=turn.reply_token,
            idempotency_key=key,
        )
        self.state.turns[stored.id] = stored
        self.state.messages.append(_prompt_of(stored))
        return stored

    async def claim(self, now: datetime) -> Turn | None:
        aware(now)
        for turn in self._in_order(TurnState.QUEUED):
            session = self.state.sessions[turn.session_id]
            busy = any(one.session_id == session.id for one in await self.running())
            if session.state is SessionState.STOPPED or busy:
                continue
            started = replace(turn, state=TurnState.RUNNING, started_at=now, runs=turn.runs + 1)
            self.state.turns[turn.id] = started
            running = replace(session, state=SessionState.RUNNING, updated_at=now)
            self.state.sessions[session.id] = running
            return started
        return None

    async def lock(self, turn_id: int) -> Turn:
        return found(self.state.turns, turn_id)

    async def save(self, turn: Turn) -> None:
        aware(turn.started_at, turn.finished_at)
        save_fields(self.state.turns, turn.id, turn, *_TURN_CHANGES)

    async def open_of(self, session_id: str) -> list[Turn]:
        return [t for t in self._in_order(*OPEN_TURN_STATES) if t.session_id == session_id]

    async def running(self) -> list[Turn]:
        return self._in_order(TurnState.RUNNING)

    async def busy_sessions(self) -> list[str]:
        return sorted({turn.session_id for turn in self._in_order(*OPEN_TURN_STATES)})

    async def by_key(self, session_id: str, idempotency_key: str) -> Turn | None:
        wanted = (session_id, idempotency_key)
        for turn in self.state.turns.values():
            if (turn.session_id, turn.idempotency_key) == wanted:
                return turn
        return None

    def _in_order(self, *states: TurnState) -> list[Turn]:
        turns = sorted(self.state.turns.values(), key=lambda turn: turn.id)
        return [turn for turn in turns if turn.state in states]


def _prompt_of(turn: Turn) -> SessionMessage:
    return SessionMessage(
        session_id=turn.session_id,
        turn_id=turn.id,
        role=MessageRole.PROMPT,
        text=turn.prompt,
        created_at=turn.created_at,
    )


class FakeSessionLog(FakeTable):
    async def add_message(self, message: SessionMessage) -> None:
        aware(message.created_at)
        self.state.messages.append(message)

    async def messages(self, session_id: str) -> list[SessionMessage]:
        return [one for one in self.state.messages if one.session_id == session_id][-100:]

    async def append(
        self,
        *,
        session_id: str,
        turn_id: int | None,
        kind: str,
        data: JsonObject,
        now: datetime,
    ) -> SessionEvent:
        aware(now)
        event = SessionEvent(
            id=len(self.state.events) + 1,
            session_id=session_id,
            turn_id=turn_id,
            kind=kind,
            data=as_json(data),
            created_at=now,
        )
        self.state.events.append(event)
        return event

    async def after(self, session_id: str, last_id: int, limit: int) -> list[SessionEvent]:
        events = [one for one in self.state.events if one.session_id == session_id]
        return [deepcopy(one) for one in events if one.id > last_id][:limit]
