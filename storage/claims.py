"""Taking work: the next turns of sessions nobody holds, and those a dead worker left running.

A turn and its session's lease are taken in one transaction. On PostgreSQL the session's row is the
lock, and what another worker is just taking is passed over.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient

from orchestrator_core.ports import Claim
from storage.sql import among, fetch, is_postgres

Row = dict[str, Any]

#: What of the same session must come before turn `{t}`: one that runs, or was queued earlier.
_BEFORE = """
    SELECT 1 FROM turn b WHERE b.session_id = {t}.session_id
    AND (b.state = 'running' OR (b.state = 'queued' AND b.id < {t}.id))"""
_READY = f"""
    SELECT t.id FROM turn t JOIN session s ON s.id = t.session_id
    WHERE t.state = 'queued' AND s.pool = $1 AND s.state <> 'stopped'
    AND (s.lease_until IS NULL OR s.lease_until <= $2 OR s.lease_owner = $3)
    AND NOT EXISTS ({_BEFORE.format(t="t")})
    {{but}}ORDER BY t.id LIMIT $4"""  # noqa: S608 - fixed words
_START = f"""
    UPDATE turn SET state = 'running', started_at = $1, runs = runs + 1
    WHERE id {{ids}} AND state = 'queued' AND NOT EXISTS ({_BEFORE.format(t="turn")})
    RETURNING *"""  # noqa: S608 - fixed words
_LEFT = """
    SELECT t.id FROM turn t JOIN session s ON s.id = t.session_id
    WHERE t.state = 'running' AND s.pool = $1 AND (s.lease_until IS NULL OR s.lease_until <= $2)
    {but}ORDER BY t.id LIMIT $3"""
_STILL_LEFT = "SELECT * FROM turn WHERE id {ids} AND state = 'running'"
_LEASE = """
    UPDATE session SET lease_owner = $1, lease_until = $2, updated_at = $3, fence = fence + 1,
    state = CASE WHEN state = 'idle' THEN 'running' ELSE state END
    WHERE id {ids} RETURNING *"""


async def start_turns(
    db: BaseDBAsyncClient, claim: Claim, limit: int, but: Collection[str]
) -> tuple[list[Row], list[Row]]:
    """The rows of the turns started, in order, and of their sessions."""
    others, held = among(db, 5, sorted(but)) if but else ("", ())
    statement = _READY.format(but=f"AND NOT s.id {others} " if but else "")
    ready = await _lock(db, statement, claim.pool, claim.now, claim.owner, limit, *held)
    if not ready:
        return [], []
    # Looked at again under the lock: what was seen before it may be a moment old.
    those, ids = among(db, 2, ready)
    started = await fetch(db, _START.format(ids=those), claim.now, *ids)
    return await _leased(db, claim, started)


async def turns_left(
    db: BaseDBAsyncClient, claim: Claim, limit: int, but: Collection[str]
) -> tuple[list[Row], list[Row]]:
    """The rows of the running turns nobody has a lease for any more, and of their sessions."""
    others, ids = among(db, 4, sorted(but)) if but else ("", ())
    statement = _LEFT.format(but=f"AND NOT s.id {others} " if but else "")
    left = await _lock(db, statement, claim.pool, claim.now, limit, *ids)
    if not left:
        return [], []
    those, ids = among(db, 1, left)
    return await _leased(db, claim, await fetch(db, _STILL_LEFT.format(ids=those), *ids))


async def _lock(db: BaseDBAsyncClient, sql: str, *values: object) -> Sequence[int]:
    locking = " FOR UPDATE OF s SKIP LOCKED" if is_postgres(db) else ""
    return [row["id"] for row in await fetch(db, sql + locking, *values)]


async def _leased(
    db: BaseDBAsyncClient, claim: Claim, turns: list[Row]
) -> tuple[list[Row], list[Row]]:
    if not turns:
        return [], []
    sessions = [turn["session_id"] for turn in turns]
    those, ids = among(db, 4, sessions)
    lease = _LEASE.format(ids=those)
    taken = await fetch(db, lease, claim.owner, claim.until, claim.now, *ids)
    return sorted(turns, key=lambda turn: int(turn["id"])), taken
