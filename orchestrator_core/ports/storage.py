"""What is kept: every fact is behind these."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, Protocol

from orchestrator_core.model import (
    DEFAULT_POOL,
    Approval,
    AuditEntry,
    Binding,
    Chat,
    CostEntry,
    JsonObject,
    NewApproval,
    Person,
    Session,
    SessionEvent,
    SessionMessage,
)
from orchestrator_core.ports.deliveries import Deliveries
from orchestrator_core.ports.inbox import Inbox, Withdrawals
from orchestrator_core.ports.jobs import Jobs
from orchestrator_core.ports.motion import Topic
from orchestrator_core.ports.retention import OldRows
from orchestrator_core.ports.turns import Leases, Turns


class Addressee(NamedTuple):
    """Whom an answer goes to."""

    person: Person | None
    binding: Binding | None
    #: `Deliveries.offer` would give something for the chat.
    is_owed: bool


class People(Protocol):
    async def get(self, person_id: str) -> Person | None: ...

    async def addressees(
        self, asked: Collection[tuple[str, str]]
    ) -> dict[tuple[str, str], Addressee]:
        """For each person and chat: the person, and what there is about the chat."""
        ...

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
        pool: str = DEFAULT_POOL,
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


class SessionLog(Protocol):
    """Prompts and answers, and the finer events between them."""

    async def add_message(self, message: SessionMessage) -> None: ...

    async def messages(
        self, session_id: str, *, limit: int = 100, before_id: int | None = None
    ) -> list[SessionMessage]:
        """The last prompts and answers, or the last ones below `before_id`; in order."""
        ...

    async def append(
        self,
        *,
        session_id: str,
        turn_id: int | None,
        kind: str,
        data: JsonObject,
        now: datetime,
    ) -> None: ...

    async def after(self, session_id: str, last_id: int, limit: int) -> list[SessionEvent]:
        """Events of the session with an id above `last_id`, in order."""
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

    async def cancel_pending(self, turn_id: int, now: datetime) -> None:
        """Those of the turn that wait for an answer need none any more."""
        ...

    async def pending_of(self, turn_id: int) -> list[Approval]: ...


class Costs(Protocol):
    async def add(self, entry: CostEntry) -> bool:
        """False, and nothing is added, when this run of the turn was booked before."""
        ...

    async def book(self, entry: CostEntry) -> None:
        """`add`, for those who need not know whether it was booked before."""
        ...

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
    def leases(self) -> Leases: ...
    @property
    def withdrawals(self) -> Withdrawals: ...
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
    @property
    def jobs(self) -> Jobs: ...
    @property
    def old_rows(self) -> OldRows: ...

    def wake(self, topic: Topic, key: str | None = None) -> None:
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
