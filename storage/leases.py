"""Who may work on which session. Leases are taken in `storage.turns`, with the turn."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from orchestrator_core.errors import LeaseLostError, NotFoundError
from orchestrator_core.model import Lease, ProcessMark, Session
from orchestrator_core.ports import Claimed
from storage import models as rows
from storage.late_writes import Write
from storage.sessions import session_of
from storage.sql import (
    among,
    columns_of,
    fetch,
    find,
    find_one,
    is_postgres,
    part_of,
    table_of,
    write,
)
from storage.turns import turn_of

#: An UPDATE of several rows locks them as it meets them, so two may wait for each other. Whoever
#: needs several sessions takes them by id, as `/stop all` does.
_BY_ID = "SELECT id FROM session WHERE {which} ORDER BY id FOR UPDATE"
_RENEWED = "lease_owner = $1 AND id {ids}"
_HOLD = """
    SELECT {session}, {turn} FROM {held} JOIN session s ON s.id = held.session_id
    AND s.fence = held.fence JOIN turn t ON t.id = held.turn_id AND t.session_id = s.id"""
_HELD = {"turn_id": "bigint", "session_id": "text", "fence": "bigint"}
#: In this order, the one in which everybody locks.
_LOCKED = " FOR UPDATE OF s, t"
_RENEW = """
    UPDATE session SET lease_until = $1 WHERE lease_owner = $2 AND id {ids}
    RETURNING id, fence"""
_RELEASE = Write(
    table="session",
    one="""
    UPDATE session SET lease_owner = NULL, lease_until = NULL WHERE id = $1 AND fence = $2""",
    many="""
    UPDATE session SET lease_owner = NULL, lease_until = NULL
    FROM unnest($1::text[], $2::bigint[]) AS v (id, fence)
    WHERE session.id = v.id AND session.fence = v.fence""",
    key=0,
)
_WAITED_FOR = """
    WHERE lease_owner = $1 AND lease_until IS NOT NULL
    AND EXISTS (SELECT 1 FROM turn t WHERE t.session_id = session.id AND t.state = 'queued')
    AND NOT EXISTS
        (SELECT 1 FROM turn t WHERE t.session_id = session.id AND t.state = 'running')"""
_BROKEN = "lease_until > $1"
_BREAK_ALL = f"UPDATE session SET lease_until = $1 WHERE {_BROKEN}"  # noqa: S608 - fixed words
_NOTE_CLI = """
    UPDATE session SET cli_host = $1, cli_pid = $2, cli_started = $3 WHERE id = $4 AND fence = $5
    RETURNING id"""


@dataclass(frozen=True, slots=True)
class SqlLeases:
    db: BaseDBAsyncClient

    async def hold(self, lease: Lease) -> Session:
        rest, values = "WHERE id = $1 AND fence = $2", (lease.session_id, lease.fence)
        row = await find_one(self.db, rows.Session, rest, *values, lock=True)
        if row is None:
            raise LeaseLostError(lease.session_id)
        return session_of(row)

    async def hold_turn(self, lease: Lease, turn_id: int) -> Claimed:
        found = await self._hold({turn_id: lease}, _LOCKED)
        if not found:
            await self.hold(lease)
            raise NotFoundError(f"turn {turn_id}")
        return found[turn_id]

    async def hold_some(self, turns: Mapping[int, Lease]) -> dict[int, Claimed]:
        # Many that are waited for one after the other could be waited for in a circle.
        return await self._hold(turns, _LOCKED + " SKIP LOCKED")

    async def _hold(self, turns: Mapping[int, Lease], locking: str) -> dict[int, Claimed]:
        held = [(turn_id, lease.session_id, lease.fence) for turn_id, lease in turns.items()]
        those, values = table_of(self.db, "held", _HELD, held)
        sql = _HOLD.format(
            session=columns_of(rows.Session, "s"), turn=columns_of(rows.Turn, "t"), held=those
        )
        found = await fetch(self.db, sql + (locking if is_postgres(self.db) else ""), *values)
        return {row["t_id"]: _claimed(row) for row in found}

    async def renew(
        self, owner: str, sessions: Collection[str], *, until: datetime
    ) -> list[Lease]:
        if not sessions:
            return []
        ids = sorted(sessions)
        those, values = among(self.db, 2, ids)
        await self._lock(_RENEWED.format(ids=those), owner, *values)
        those, values = among(self.db, 3, ids)
        found = await fetch(self.db, _RENEW.format(ids=those), until, owner, *values)
        return [
            Lease(session_id=row["id"], owner=owner, until=until, fence=row["fence"])
            for row in found
        ]

    async def release(self, lease: Lease) -> None:
        await write(self.db, _RELEASE, lease.session_id, lease.fence)

    async def waited_for(self, owner: str) -> list[Lease]:
        found = await find(self.db, rows.Session, _WAITED_FOR, owner)
        leases = [session_of(row).lease for row in found]
        return [lease for lease in leases if lease is not None]

    async def break_all(self, now: datetime) -> None:
        await self._lock(_BROKEN, now)
        await fetch(self.db, _BREAK_ALL, now)

    async def note_cli(self, lease: Lease, cli: ProcessMark) -> None:
        values = (cli.host, cli.pid, cli.started, lease.session_id, lease.fence)
        if not await fetch(self.db, _NOTE_CLI, *values):
            raise LeaseLostError(lease.session_id)

    async def _lock(self, which: str, *values: object) -> None:
        # SQLite has one writer, who needs no locks.
        if is_postgres(self.db):
            await fetch(self.db, _BY_ID.format(which=which), *values)


def _claimed(row: dict[str, Any]) -> Claimed:
    turn, session = part_of(rows.Turn, "t", row), part_of(rows.Session, "s", row)
    return Claimed(turn_of(turn), session_of(session))
