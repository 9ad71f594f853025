"""Claude's conversations, one row a line. Knows nothing of what a line says but its uuid."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.functions import Max

from orchestrator_core.errors import LeaseLostError
from orchestrator_core.model import JsonObject, Lease
from orchestrator_core.ports import Clock, KeptConversation, TranscriptKey
from storage import columns
from storage import models as rows
from storage.sql import fetch, is_postgres
from storage.store import SqlStore

#: Rows of one statement: both databases limit how many places it may have.
_MOST_AT_ONCE = 500
#: What the columns hold.
_LONGEST = {"project_key": 255, "claude_session_id": 64, "subpath": 255, "entry_uuid": 64}

_HOLDER = """
    SELECT fence FROM session WHERE id = $1 AND (lease_owner = $2 OR fence = $3)"""
_TAIL = """
    SELECT entry FROM transcript_entry
    WHERE project_key = $1 AND claude_session_id = $2 AND subpath = $3 AND id >= COALESCE(
        (SELECT id FROM transcript_entry
         WHERE project_key = $1 AND claude_session_id = $2 AND subpath = $3
         AND entry_uuid IS NOT NULL ORDER BY id DESC LIMIT 1), 0)
    ORDER BY id"""
#: Something was added to the conversation `{c}` since.
_SINCE = """
    SELECT 1 FROM transcript_entry e WHERE e.project_key = {c}.project_key
    AND e.claude_session_id = {c}.claude_session_id AND e.created_at >= $1"""
_UNTOUCHED = f"""
    SELECT project_key, claude_session_id FROM
        (SELECT DISTINCT project_key, claude_session_id FROM transcript_entry
         WHERE created_at < $1) AS c
    WHERE NOT EXISTS ({_SINCE.format(c="c")}) LIMIT $2"""  # noqa: S608 - fixed words
_DELETE_UNTOUCHED = f"""
    DELETE FROM transcript_entry WHERE project_key = $2 AND claude_session_id = $3
    AND NOT EXISTS ({_SINCE.format(c="transcript_entry")})"""  # noqa: S608 - fixed words


class SqlTranscripts:
    def __init__(self, store: SqlStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def append(
        self, key: TranscriptKey, lines: Sequence[JsonObject], *, lease: Lease | None = None
    ) -> Lease | None:
        _check_lengths(key)
        if not lines:
            return lease
        now = self._clock.now()
        added = [value for line in lines for value in (_uuid_of(line), columns.json_text(line))]
        async with self._store.client_in_transaction() as db:
            current = await _as_it_stands(db, lease) if lease else None
            for start in range(0, len(added), 2 * _MOST_AT_ONCE):
                some = added[start : start + 2 * _MOST_AT_ONCE]
                await fetch(db, _insert(len(some) // 2), *_columns(key), now, *some)
        return current

    async def load(self, key: TranscriptKey) -> list[JsonObject]:
        async with self._store.client_for_reading() as db:
            query = rows.TranscriptEntry.filter(**_filter(key)).using_db(db).order_by("id")
            found = await query.values_list("entry", flat=True)
        # Megabytes, at times.
        return await asyncio.to_thread(lambda: [columns.from_json(str(one)) for one in found])

    async def tail(self, key: TranscriptKey) -> list[JsonObject]:
        async with self._store.client_for_reading() as db:
            found = await fetch(db, _TAIL, *_columns(key))
        return [columns.from_json(row["entry"]) for row in found]

    async def subpaths(self, key: TranscriptKey) -> list[str]:
        conversation = _filter(replace(key, subpath=""))
        del conversation["subpath"]
        async with self._store.client_for_reading() as db:
            query = rows.TranscriptEntry.filter(**conversation).exclude(subpath="").using_db(db)
            found = await query.distinct().values_list("subpath", flat=True)
        return sorted(str(one) for one in found)

    async def conversations(self, project: str) -> list[KeptConversation]:
        own = {"project_key": columns.text(project), "subpath": ""}
        async with self._store.client_for_reading() as db:
            query = rows.TranscriptEntry.filter(**own).using_db(db)
            last = query.annotate(last=Max("created_at")).group_by("claude_session_id")
            found = await last.values("claude_session_id", "last")
        return [
            KeptConversation(id=row["claude_session_id"], changed_at=row["last"]) for row in found
        ]

    async def delete(self, key: TranscriptKey) -> None:
        meant = _filter(key)
        if not key.subpath:
            del meant["subpath"]
        async with self._store.client_in_transaction() as db:
            await rows.TranscriptEntry.filter(**meant).using_db(db).delete()

    async def delete_before(self, moment: datetime, *, limit: int) -> int:
        async with self._store.client_for_reading() as db:
            untouched = await fetch(db, _UNTOUCHED, moment, limit)
        for one in untouched:
            # One transaction each: a long conversation holds nobody up for long.
            async with self._store.client_in_transaction() as db:
                names = (one["project_key"], one["claude_session_id"])
                await fetch(db, _DELETE_UNTOUCHED, moment, *names)
        return len(untouched)


async def _as_it_stands(db: BaseDBAsyncClient, lease: Lease) -> Lease:
    # Locked, so that nobody claims the session between this look and the lines' commit.
    lock = " FOR SHARE" if is_postgres(db) else ""
    found = await fetch(db, _HOLDER + lock, lease.session_id, lease.owner, lease.fence)
    if not found:
        raise LeaseLostError(lease.session_id)
    return replace(lease, fence=found[0]["fence"])


@functools.lru_cache(maxsize=50)
def _insert(lines: int) -> str:
    first = range(5, 5 + 2 * lines, 2)
    places = ", ".join(f"($1, $2, $3, $4, ${uuid}, ${uuid + 1})" for uuid in first)
    return f"""
    INSERT INTO transcript_entry
        (project_key, claude_session_id, subpath, created_at, entry_uuid, entry)
    VALUES {places}
    ON CONFLICT (project_key, claude_session_id, subpath, entry_uuid) DO NOTHING"""  # noqa: S608 - no input


def _uuid_of(line: JsonObject) -> str | None:
    found = line.get("uuid")
    # What is no uuid at all is no reason to lose the line.
    if (
        not isinstance(found, str)
        or len(found) > _LONGEST["entry_uuid"]
        or columns.text(found) != found
    ):
        return None
    return found


def _columns(key: TranscriptKey) -> tuple[str, str, str]:
    return columns.text(key.project), columns.text(key.conversation), columns.text(key.subpath)


def _filter(key: TranscriptKey) -> dict[str, str]:
    return dict(zip(("project_key", "claude_session_id", "subpath"), _columns(key), strict=True))


def _check_lengths(key: TranscriptKey) -> None:
    for name, value in _filter(key).items():
        if len(value) > _LONGEST[name]:
            raise ValueError(f"{name} is longer than {_LONGEST[name]} characters")
