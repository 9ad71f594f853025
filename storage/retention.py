"""Deleting what is old, a few rows at a time, each time from the old end of an index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient

from orchestrator_core.model import OPEN_TURN_STATES
from orchestrator_core.ports import OVER, Kept
from storage.sql import fetch


def _words(states: Sequence[str]) -> str:
    return ", ".join(f"'{state}'" for state in states)


# ruff: noqa: S608 - the statements are made of fixed words
_OPEN = _words(OPEN_TURN_STATES)
_EVENTS = f"""
    DELETE FROM session_event WHERE id IN (
        SELECT e.id FROM session_event e WHERE e.created_at < $1 AND NOT EXISTS (
            SELECT 1 FROM turn t WHERE t.id = e.turn_id AND t.state IN ({_OPEN}))
        ORDER BY e.created_at LIMIT $2)
    RETURNING id"""


def _by_time(table: str, time: str, over: Sequence[str]) -> str:
    # The state is asked for twice: a dead letter may be sent again between the two looks. As an
    # expression, since by its index SQLite would fetch and sort all that was ever sent.
    is_over = f"(state || '') IN ({_words(over)})"
    return f"""
    DELETE FROM {table} WHERE {is_over} AND id IN (
        SELECT id FROM {table} WHERE {time} < $1 AND {is_over} ORDER BY {time} LIMIT $2)
    RETURNING id"""


def _by_id(table: str, condition: str) -> str:
    # Without an index on the time: ids grow with it, so the oldest come first.
    return f"""
    DELETE FROM {table} WHERE id IN (
        SELECT id FROM (
            SELECT id, created_at FROM {table} WHERE {condition} ORDER BY id LIMIT $2) oldest
        WHERE created_at < $1)
    RETURNING id"""


_DELETE = {
    Kept.EVENTS: _EVENTS,
    Kept.DELIVERIES: _by_time("delivery", "created_at", OVER[Kept.DELIVERIES]),
    Kept.INBOX: _by_time("inbox_event", "received_at", OVER[Kept.INBOX]),
    Kept.APPROVALS: _by_id("tool_approval", f"state IN ({_words(OVER[Kept.APPROVALS])})"),
    Kept.AUDIT: _by_id("audit_entry", "id > 0"),
}


@dataclass(frozen=True, slots=True)
class SqlOldRows:
    db: BaseDBAsyncClient

    async def delete(self, kept: Kept, *, before: datetime, limit: int) -> int:
        return len(await fetch(self.db, _DELETE[kept], before, limit))
