"""What is kept: every fact is behind these."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from orchestrator_core.model import (
    Approval,
    AuditEntry,
    Binding,
    Chat,
    CostEntry,
    Delivery,
    InboxEvent,
    JsonObject,
    NewApproval,
    NewDelivery,
    NewInboxEvent,
    NewTurn,
    Person,
    Session,
    SessionEvent,
    SessionMessage,
    Turn,
)
from orchestrator_core.ports.motion import Topic


class InboxWriter(Protocol):
    async def store(self, events: Sequence[NewInboxEvent]) -> None:
        """Return once the events are durable. One already stored (same id) is passed over.

        Raises StorageFullError when nothing could be written.
        """
        ...

    async def quiet(self, at_most: float) -> None:
        """Give way to a flood of `store` calls, `at_most` seconds long; at once without one."""
        ...


class Inbox(Protocol):
    async def new(self, limit: int) -> list[InboxEvent]:
        """Events in state NEW, oldest first."""
        ...

    async def lock(self, event_id: int) -> InboxEvent:
        """Read for change: nobody else changes it until this transaction ends."""
        ...

    async def save(self, event: InboxEvent) -> None: ...


class People(Protocol):
    async def get(self, person_id: str) -> Person | None: ...

    async def save(self, person: Person) -> None:
        """Insert or replace."""
        ...


class Bindings(Protocol):
    async def get(self, chat_id: str) -> Binding | None: ...

    async def save(self, binding: Binding) -> None:
        """Insert or replace."""
        ...


class Sessions(Protocol):
    async def add(
        self,
        *,
        chat: Chat | None,
        person_id: str | None,
        agent: str,
        workspace: str,
        now: datetime,
    ) -> Session:
        """A new idle session with the next number and an id that cannot be guessed."""
        ...

    async def get(self, session_id: str) -> Session | None: ...

    async def lock(self, session_id: str) -> Session:
        """Read for change. Raises NotFoundError."""
        ...

    async def save(self, session: Session) -> None: ...

    async def find(self, reference: str) -> list[Session]:
        """Sessions that a person may mean: by number, full or short id (any prefix of at least
        four characters), or exact name (case-insensitive). Newest first, ten at most."""
        ...

    async def page(self, *, limit: int, before_number: int | None = None) -> list[Session]:
        """Newest first, from below `before_number`."""
        ...

    async def count_running(self) -> int: ...


class Turns(Protocol):
    async def add(self, turn: NewTurn) -> Turn:
        """Store the turn and its prompt. Raises ConflictError when the session already has one
        with this `idempotency_key`."""
        ...

    async def claim(self, now: datetime) -> Turn | None:
        """Start the oldest queued turn whose session has none running: turn and session become
        RUNNING and `runs` grows by one. None when there is nothing to start."""
        ...

    async def lock(self, turn_id: int) -> Turn:
        """Read for change. Raises NotFoundError."""
        ...

    async def save(self, turn: Turn) -> None: ...

    async def open_of(self, session_id: str) -> list[Turn]:
        """Queued, held and running turns in the order they run."""
        ...

    async def running(self) -> list[Turn]: ...

    async def busy_sessions(self) -> list[str]:
        """Ids of the sessions that have queued, held or running turns."""
        ...

    async def by_key(self, session_id: str, idempotency_key: str) -> Turn | None: ...


class SessionLog(Protocol):
    """Prompts and answers, and the finer events between them."""

    async def add_message(self, message: SessionMessage) -> None: ...

    async def messages(self, session_id: str) -> list[SessionMessage]:
        """The last hundred prompts and answers, in order."""
        ...

    async def append(
        self,
        *,
        session_id: str,
        turn_id: int | None,
        kind: str,
        data: JsonObject,
        now: datetime,
    ) -> SessionEvent: ...

    async def after(self, session_id: str, last_id: int, limit: int) -> list[SessionEvent]:
        """Events of the session with an id above `last_id`, in order."""
        ...


class Deliveries(Protocol):
    async def add(self, delivery: NewDelivery) -> Delivery:
        """Pending, due at once."""
        ...

    async def heads(self, now: datetime, limit: int) -> list[Delivery]:
        """Of each chat the oldest delivery that is PENDING or SENDING, where it is due.

        A chat whose oldest one is not due yet gives none: later ones must not overtake it.
        """
        ...

    async def lock(self, delivery_id: int) -> Delivery: ...

    async def save(self, delivery: Delivery) -> None: ...

    async def in_states(self, states: Sequence[str], limit: int) -> list[Delivery]:
        """Oldest first."""
        ...


class Approvals(Protocol):
    async def add(self, approval: NewApproval) -> Approval: ...

    async def get(self, approval_id: int) -> Approval:
        """As it is now, for reading. Raises NotFoundError."""
        ...

    async def lock(self, approval_id: int) -> Approval:
        """Read for change. Raises NotFoundError."""
        ...

    async def save(self, approval: Approval) -> None: ...

    async def pending_of(self, turn_id: int) -> list[Approval]: ...


class Costs(Protocol):
    async def add(self, entry: CostEntry) -> None: ...

    async def spent_since(self, start: datetime) -> Decimal: ...

    async def first_alert(self, window: str, percent: int) -> bool:
        """Remember that the alert of this budget window was given. False if it already was."""
        ...


class Audit(Protocol):
    async def add(self, entry: AuditEntry) -> None: ...


class Records(Protocol):
    """Everything stored, as seen from inside one transaction (or outside any)."""

    @property
    def inbox(self) -> Inbox: ...
    @property
    def people(self) -> People: ...
    @property
    def bindings(self) -> Bindings: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def turns(self) -> Turns: ...
    @property
    def log(self) -> SessionLog: ...
    @property
    def deliveries(self) -> Deliveries: ...
    @property
    def approvals(self) -> Approvals: ...
    @property
    def costs(self) -> Costs: ...
    @property
    def audit(self) -> Audit: ...

    def wake(self, topic: Topic) -> None:
        """Ring once the transaction has committed; never if it rolls back."""
        ...


class Store(Protocol):
    def transaction(self) -> AbstractAsyncContextManager[Records]:
        """All or nothing. Transactions that write never fail for want of a lock."""
        ...

    def read(self) -> AbstractAsyncContextManager[Records]:
        """For reading outside a transaction: sees what is committed, holds nobody up."""
        ...

    async def ping(self) -> None:
        """Raises when the database cannot be asked."""
        ...
