"""Prompts in their order, and who may work on which session."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from orchestrator_core.model import Lease, NewTurn, ProcessMark, Session, Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Who wants work, and on what terms."""

    owner: str
    #: Only sessions of this pool.
    pool: str
    now: datetime
    #: The end of the lease.
    until: datetime


class Claimed(NamedTuple):
    turn: Turn
    #: With the lease that was taken.
    session: Session


class Enqueued(NamedTuple):
    turn: Turn
    #: As it was found, and is until the transaction ends.
    session: Session


class Turns(Protocol):
    async def enqueue(self, turn: NewTurn) -> Enqueued:
        """Lock the session and store the turn, with its prompt among the messages and the events:
        queued, or held while the session is stopped. Raises NotFoundError, and ConflictError when
        the session already has one with this `idempotency_key`: it is locked then, too."""
        ...

    async def claim(self, claim: Claim, *, limit: int, but: Collection[str] = ()) -> list[Claimed]:
        """Start the first queued turn of sessions that have none running and that nobody else
        holds, oldest first, but not of these sessions: turn and session become RUNNING, `runs`
        grows by one and the lease is the claimer's. Empty when there is nothing to start."""
        ...

    async def take_over(
        self, claim: Claim, *, limit: int, but: Collection[str] = ()
    ) -> list[Claimed]:
        """The running turns whose lease has run out, but those of these sessions: the lease is
        the claimer's now, the turn is as it was left."""
        ...

    async def begin(self, turn_id: int, lease: Lease) -> bool:
        """Note that the run reaches the model from here on. False, and nothing is noted, when
        it was asked to stop. Raises LeaseLostError."""
        ...

    async def begin_some(self, turns: Mapping[int, Lease]) -> set[int]:
        """`begin` for those for which it can be done at once; which they were. The others are
        asked to stop, lost, or of a session that somebody is just writing to."""
        ...

    async def lock(self, turn_id: int) -> Turn:
        """Read for change. Raises NotFoundError."""
        ...

    async def save(self, turn: Turn) -> None: ...

    async def open_of(self, session_id: str) -> list[Turn]:
        """Queued, held and running turns in the order they run."""
        ...

    async def undecided_of(self, session_id: str, *, limit: int) -> list[Turn]:
        """Interrupted turns about which nobody has chosen yet, the newest first."""
        ...

    async def running(self) -> list[Turn]: ...

    async def busy_sessions(self) -> list[str]:
        """Ids of the sessions that have queued, held or running turns."""
        ...

    async def by_key(self, session_id: str, idempotency_key: str) -> Turn | None: ...


class Leases(Protocol):
    """Who may work on which session; taken by `Turns.claim`."""

    async def hold(self, lease: Lease) -> Session:
        """Lock the session for writing as its holder. Raises LeaseLostError when somebody else
        has claimed it since; one that has run out without that is still good."""
        ...

    async def hold_turn(self, lease: Lease, turn_id: int) -> Claimed:
        """`hold`, and then lock a turn of the session. Raises NotFoundError too."""
        ...

    async def hold_some(self, turns: Mapping[int, Lease]) -> dict[int, Claimed]:
        """`hold_turn` for those for which it can be done at once, by the turn. The others are
        lost, or of a session that somebody is just writing to."""
        ...

    async def renew(
        self, owner: str, sessions: Collection[str], *, until: datetime
    ) -> list[Lease]:
        """Move the end of the owner's leases of these sessions; gives those it has."""
        ...

    async def release(self, lease: Lease) -> None:
        """Give it back for anyone to claim. One that was lost stays with who has it."""
        ...

    async def waited_for(self, owner: str) -> list[Lease]:
        """Those that only keep queued turns from other workers: nothing runs in them."""
        ...

    async def break_all(self, now: datetime) -> None:
        """Every lease ends now: only for a process that knows itself to be the only one."""
        ...

    async def note_cli(self, lease: Lease, cli: ProcessMark) -> None:
        """Which process works on the session. Raises LeaseLostError."""
        ...
