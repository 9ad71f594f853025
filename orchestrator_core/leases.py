"""The leases of this worker: which sessions it may work on, and until when.

A lease lives on for a while after a turn, as long as its Claude stays warm: the next prompt then
comes here. What must be ended when a lease is lost is the worker's to know.
"""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from orchestrator_core.heartbeat import Heartbeat
from orchestrator_core.model import DEFAULT_POOL, Lease
from orchestrator_core.ports import Claim, Clock, Store, Topic, pool_key

LEASE_FOR = timedelta(seconds=15)
#: Without a heartbeat for this part of a lease a warden ends its Claude, which must be over when
#: somebody else begins.
HEARTBEAT_SHARE = 0.8
#: How often a lease is renewed before it ends.
_RENEWALS = 3


def new_worker_id() -> str:
    """Of this process, and of none other ever."""
    return f"{socket.gethostname()[:64]}:{os.getpid()}:{secrets.token_hex(6)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseKeeper:
    store: Store
    clock: Clock
    #: This worker's id.
    me: str
    pool: str = DEFAULT_POOL
    lease_for: timedelta = LEASE_FOR
    #: There is no other worker: a lease that ran out while the machine slept is still good.
    alone: bool = False
    #: Tells the wardens of Claude's processes of each renewal.
    heartbeat: Heartbeat | None = None
    _held: dict[str, Lease] = field(init=False, default_factory=dict)
    #: Those that were renewed too late for a heartbeat, by session and fence.
    _shaken: set[tuple[str, int]] = field(init=False, default_factory=set)
    #: When all were last renewed: what the heartbeat stands for. Empty before the first time.
    _renewals: deque[datetime] = field(init=False, default_factory=lambda: deque(maxlen=1))

    @property
    def renew_every(self) -> timedelta:
        return self.lease_for / _RENEWALS

    @property
    def has_run_out(self) -> bool:
        """Some lease needs renewing now, whatever the time of the next renewal."""
        return bool(self._run_out())

    @property
    def is_late(self) -> bool:
        """A renewal was missed: a Claude that is started now may find too old a heartbeat."""
        now = self.clock.now()
        return any(now - last >= 2 * self.renew_every for last in self._renewals)

    def claim(self) -> Claim:
        now = self.clock.now()
        return Claim(owner=self.me, pool=self.pool, now=now, until=now + self.lease_for)

    def took(self, lease: Lease) -> None:
        self._held[lease.session_id] = lease

    def holds(self, lease: Lease) -> bool:
        """As far as can be known without asking: it was not lost, and has not run out."""
        held = self._held.get(lease.session_id)
        if held is None or held.fence != lease.fence:
            return False
        return self.alone or held.until > self.clock.now()

    def was_behind(self, lease: Lease) -> bool:
        """It was once not renewed for so long that a warden may have ended its Claude."""
        held = self._held.get(lease.session_id)
        if held is None or self.alone:
            return False
        return (lease.session_id, lease.fence) in self._shaken or self._is_behind(held)

    def _is_behind(self, held: Lease) -> bool:
        # A lease may be fresh where the heartbeat is not: it was taken since.
        last = min([held.until - self.lease_for, *self._renewals])
        return self.clock.now() - last >= self.lease_for * HEARTBEAT_SHARE

    def drop_overdue(self) -> list[str]:
        """Forget the leases that others may have by now, as after a long pause; their
        sessions' ids."""
        overdue = [] if self.alone else self._run_out()
        for session_id in overdue:
            del self._held[session_id]
        return overdue

    async def renew(self, in_use: Collection[str]) -> list[str]:
        """Renew those in use, give back the rest. Returns the sessions that were lost.

        To be called before the first Claude is started: its warden looks for the heartbeat.
        """
        before, asked_at, now = dict(self._held), time.monotonic(), self.clock.now()
        until = now + self.lease_for
        async with self.store.transaction() as records:
            kept = await records.leases.renew(self.me, in_use, until=until)
        if self.heartbeat is not None:
            self.heartbeat.beat(asked_at)
        self._note_shaken(before.values())
        self._renewals.append(now)
        renewed = {lease.session_id: lease for lease in kept}
        gone = []
        for session_id, lease in before.items():
            # One that was claimed anew meanwhile is not the one looked at.
            if self._held.get(session_id) is not lease:
                continue
            current = renewed.get(session_id)
            if current is not None and current.fence == lease.fence:
                self._held[session_id] = current
            else:
                del self._held[session_id]
                gone.append(lease)
        await self._give_back([lease for lease in gone if lease.session_id not in in_use])
        return [lease.session_id for lease in gone if lease.session_id in in_use]

    def _note_shaken(self, held: Iterable[Lease]) -> None:
        living = {(lease.session_id, lease.fence) for lease in held}
        self._shaken.intersection_update(living)
        self._shaken.update(
            (lease.session_id, lease.fence) for lease in held if self._is_behind(lease)
        )

    async def waited_for(self) -> list[Lease]:
        """Of the idle sessions those whose prompts wait for this worker alone."""
        async with self.store.read() as records:
            return await records.leases.waited_for(self.me)

    async def release(self, lease: Lease) -> None:
        """Let others have the session; nothing of ours may be at work on it any more."""
        held = self._held.get(lease.session_id)
        if held is not None and held.fence == lease.fence:
            del self._held[lease.session_id]
        await self._give_back([lease])

    def _run_out(self) -> list[str]:
        now = self.clock.now()
        return [lease.session_id for lease in self._held.values() if lease.until <= now]

    async def release_all(self) -> None:
        """Others may go on with these sessions at once."""
        held = list(self._held.values())
        self._held.clear()
        await self._give_back(held)

    async def _give_back(self, leases: list[Lease]) -> None:
        if not leases:
            return
        async with self.store.transaction() as records:
            # In the order in which everybody locks several sessions.
            for lease in sorted(leases, key=lambda lease: lease.session_id):
                await records.leases.release(lease)
            records.wake(Topic.TURNS, pool_key(self.pool))
