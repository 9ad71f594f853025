"""The records in memory. `state` gives what they work on: a transaction's own copy, or what is
committed at this moment."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from copy import deepcopy
from dataclasses import replace
from datetime import datetime

from orchestrator_core.model import (
    DEFAULT_POOL,
    OPEN_TURN_STATES,
    Binding,
    Chat,
    EventKind,
    InboxEvent,
    InboxState,
    JsonObject,
    MessageRole,
    Person,
    Role,
    Session,
    SessionEvent,
    SessionMessage,
    SessionState,
)
from orchestrator_core.ports import Addressee
from orchestrator_core.redaction import redact, redact_json
from tests.fakes.deliveries import is_kept, is_unoffered
from tests.fakes.state import FakeTable, as_json, aware, found, save_fields

#: What a save takes over; the rest stays as it was added.
_SESSION_CHANGES = (
    *("name", "state", "updated_at", "claude_session_id"),
    *("cost_usd", "reported_total_usd", "last_line", "model", "mode"),
    *("head", "forked_from", "forked_at"),
)


class FakeInbox(FakeTable):
    async def new(self, limit: int) -> list[InboxEvent]:
        return self._in_order(InboxState.NEW)[:limit]

    async def take(self, event_id: int) -> InboxEvent | None:
        # One transaction at a time here, so nobody else ever has the chat in hand.
        event = self.state.inbox.get(event_id)
        if event is None or event.state is not InboxState.NEW:
            return None
        if event.chat_id is None:
            return event
        first = next(one for one in self._in_order(InboxState.NEW) if one.chat_id == event.chat_id)
        return event if first == event else None

    async def save(self, event: InboxEvent) -> None:
        save_fields(self.state.inbox, event.id, event, "state", "failures")

    async def rewrite(self, event_id: int, payload: str) -> None:
        self.state.inbox[event_id] = replace(self.state.inbox[event_id], payload=payload)

    async def of_message(self, chat_id: str, message_id: str) -> list[InboxEvent]:
        wanted = (chat_id, message_id)
        return [
            one for one in self.state.inbox.values() if (one.chat_id, one.message_id) == wanted
        ]

    async def is_overtaken(self, event: InboxEvent) -> bool:
        return any(
            one.chat_id == event.chat_id and one.timestamp_ms > event.timestamp_ms
            for one in self._in_order(InboxState.DONE)
        )

    async def last_id(self) -> int:
        return max(self.state.inbox, default=0)

    def _in_order(self, state: InboxState) -> list[InboxEvent]:
        events = [event for event in self.state.inbox.values() if event.state is state]
        return sorted(events, key=lambda event: (event.timestamp_ms, event.id))


class FakePeople(FakeTable):
    async def get(self, person_id: str) -> Person | None:
        return self.state.people.get(person_id)

    async def lock(self, person_id: str) -> Person | None:
        return self.state.people.get(person_id)

    async def known(self, *, limit: int) -> list[Person]:
        known = [
            person
            for person in self.state.people.values()
            if person.role is not Role.STRANGER or person.revoked_at is not None
        ]
        return sorted(known, key=lambda person: person.id)[:limit]

    async def open_turns(self, person_id: str) -> list[tuple[str, int]]:
        turns = [one for one in self.state.turns.values() if one.person_id == person_id]
        return sorted((one.session_id, one.id) for one in turns if one.state in OPEN_TURN_STATES)

    async def addressees(
        self, asked: Collection[tuple[str, str]]
    ) -> dict[tuple[str, str], Addressee]:
        return {one: self._addressee(*one) for one in asked}

    def _addressee(self, person_id: str, chat_id: str) -> Addressee:
        mail = [one for one in self.state.deliveries.values() if one.chat_id == chat_id]
        return Addressee(
            person=self.state.people.get(person_id),
            binding=self.state.bindings.get(chat_id),
            is_owed=any(is_kept(one) or is_unoffered(one) for one in mail),
        )

    async def save(self, person: Person) -> None:
        aware(person.refused_at, person.revoked_at)
        self.state.people[person.id] = person


class FakeBindings(FakeTable):
    async def get(self, chat_id: str) -> Binding | None:
        return self.state.bindings.get(chat_id)

    async def save(self, binding: Binding) -> None:
        aware(binding.left_at)
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
        pool: str = DEFAULT_POOL,
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
            pool=pool,
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

    def _newest_first(self) -> list[Session]:
        return sorted(self.state.sessions.values(), key=lambda one: one.number, reverse=True)


class FakeSessionLog(FakeTable):
    async def add_message(self, message: SessionMessage) -> None:
        aware(message.created_at)
        self.state.messages.append(replace(message, text=redact(message.text)))

    async def messages(
        self, session_id: str, *, limit: int = 100, before_id: int | None = None
    ) -> list[SessionMessage]:
        said = enumerate(self.state.messages, 1)
        below = before_id
        return [
            replace(one, id=number)
            for number, one in said
            if one.session_id == session_id and (below is None or number < below)
        ][-limit:]

    async def answer(
        self, session_id: str, *, turn_id: int | None = None
    ) -> SessionMessage | None:
        said = await self.messages(session_id, limit=len(self.state.messages) or 1)
        answers = (one for one in reversed(said) if one.role is MessageRole.ANSWER)
        return next((one for one in answers if turn_id in {None, one.turn_id}), None)

    async def append(
        self,
        *,
        session_id: str,
        turn_id: int | None,
        kind: EventKind,
        data: JsonObject,
        now: datetime,
    ) -> None:
        aware(now)
        event = SessionEvent(
            # Those before it may have been deleted.
            id=max((one.id for one in self.state.events), default=0) + 1,
            session_id=session_id,
            turn_id=turn_id,
            kind=kind.value,
            data=as_json(redact_json(data)),
            created_at=now,
        )
        self.state.events.append(event)

    async def after(self, session_id: str, last_id: int, limit: int) -> list[SessionEvent]:
        events = [one for one in self.state.events if one.session_id == session_id]
        return [deepcopy(one) for one in events if one.id > last_id][:limit]

    async def latest(self, session_id: str, *, limit: int) -> list[SessionEvent]:
        return (await self.after(session_id, 0, len(self.state.events)))[-limit:]
