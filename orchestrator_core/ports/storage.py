"""What is kept: every fact is behind these."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import NamedTuple, Protocol

from orchestrator_core.model import (
    DEFAULT_POOL,
    Approval,
    AuditEntry,
    AuditFilter,
    Binding,
    Chat,
    EventKind,
    Grant,
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
from orchestrator_core.ports.media import MadeFiles, Uploads
from orchestrator_core.ports.menus import Menus
from orchestrator_core.ports.money import Costs, Raises
from orchestrator_core.ports.motion import Topic
from orchestrator_core.ports.pairings import Pairings
from orchestrator_core.ports.quotas import Quotas
from orchestrator_core.ports.retention import OldRows
from orchestrator_core.ports.schedules import Schedules
from orchestrator_core.ports.sent_messages import SentMessages
from orchestrator_core.ports.turns import Leases, Turns


class Addressee(NamedTuple):
    """Whom an answer goes to."""

    person: Person | None
    binding: Binding | None
    #: `Deliveries.offer` or `Deliveries.kept` would give something for the chat.
    is_owed: bool


class People(Protocol):
    async def get(self, person_id: str) -> Person | None: ...

    async def lock(self, person_id: str) -> Person | None:
        """Read for change. Before any session's lock: whoever takes away a role waits for what
        the person is doing, and the other way round."""
        ...

    async def known(self, *, limit: int) -> list[Person]:
        """Those who have a role or had one taken away, by their ids."""
        ...

    async def open_turns(self, person_id: str) -> list[tuple[str, int]]:
        """Session and turn of all that waits or runs for the person, in the order in which
        sessions are locked."""
        ...

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


class SessionLog(Protocol):
    """Prompts and answers, and the finer events between them."""

    async def add_message(self, message: SessionMessage) -> None: ...

    async def messages(
        self, session_id: str, *, limit: int = 100, before_id: int | None = None
    ) -> list[SessionMessage]:
        """The last prompts and answers, or the last ones below `before_id`; in order."""
        ...

    async def answer(
        self, session_id: str, *, turn_id: int | None = None
    ) -> SessionMessage | None:
        """The answer of this turn, or the session's last one."""
        ...

    async def append(
        self,
        *,
        session_id: str,
        turn_id: int | None,
        kind: EventKind,
        data: JsonObject,
        now: datetime,
    ) -> None: ...

    async def after(self, session_id: str, last_id: int, limit: int) -> list[SessionEvent]:
        """Events of the session with an id above `last_id`, in order."""
        ...

    async def latest(self, session_id: str, *, limit: int) -> list[SessionEvent]:
        """The session's last events, in order."""
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
        """Those of the turn that wait for an answer need none any more, which the audit tells of
        each; one that waits for its reason stays denied without it."""
        ...

    async def pending_of(self, turn_id: int) -> list[Approval]: ...

    async def pending(self, *, limit: int) -> list[Approval]:
        """Those that wait for an answer, whatever their turn, the oldest first."""
        ...

    async def denying(self, person_id: str, chat_id: str) -> Approval | None:
        """The last one this person denied in this chat without having said why yet."""
        ...

    async def typing(self, person_id: str, chat_id: str) -> Approval | None:
        """The last question for which words of this person are waited for in this chat."""
        ...

    async def grant(self, grant: Grant) -> None:
        """In the place of what there is for the same session and mark: whoever gave that may
        have lost the right to."""
        ...

    async def granted(self, session_id: str, mark: str) -> Grant | None: ...

    async def grants(self, session_id: str, *, limit: int) -> list[Grant]:
        """The oldest first."""
        ...

    async def grant_by_id(self, grant_id: int) -> Grant | None: ...

    async def take_back(self, grant_id: int) -> bool:
        """False when there was nothing to take back any more."""
        ...


class Audit(Protocol):
    """Entries are added and, when they are old, deleted; never changed. None holds a secret."""

    async def add(self, entry: AuditEntry) -> None: ...

    async def page(
        self, wanted: AuditFilter, *, limit: int, before_id: int | None = None
    ) -> list[AuditEntry]:
        """Newest first, from below `before_id`."""
        ...

    async def after(self, wanted: AuditFilter, *, limit: int, after_id: int) -> list[AuditEntry]:
        """Oldest first, from above `after_id`."""
        ...


class Records(Protocol):
    """Everything stored, as seen from inside one transaction (or outside any)."""

    @property
    def inbox(self) -> Inbox: ...
    @property
    def people(self) -> People: ...
    @property
    def pairings(self) -> Pairings: ...
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
    def raises(self) -> Raises: ...
    @property
    def audit(self) -> Audit: ...
    @property
    def jobs(self) -> Jobs: ...
    @property
    def schedules(self) -> Schedules: ...
    @property
    def quotas(self) -> Quotas: ...
    @property
    def uploads(self) -> Uploads: ...
    @property
    def made_files(self) -> MadeFiles: ...
    @property
    def sent_messages(self) -> SentMessages: ...
    @property
    def menus(self) -> Menus: ...
    @property
    def old_rows(self) -> OldRows: ...

    def attempt(self) -> AbstractAsyncContextManager[None]:
        """A block that only reads, and after whose failure the transaction can go on."""
        ...

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
