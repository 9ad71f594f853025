"""Who did what: entries are added, read and, once old, deleted. Nothing changes one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tortoise.backends.base.client import BaseDBAsyncClient

from orchestrator_core.model import AuditAction, AuditEntry, AuditFilter, Channel
from orchestrator_core.redaction import redact_json
from storage import columns
from storage import models as rows
from storage.sql import add, find

#: By the index on the time, so that nobody walks through all that is older. Ids grow with time
#: but for what several processes write at once, so the first few by time hold the lowest id.
_FIRST_SINCE = """(SELECT MIN(id) FROM (
    SELECT id FROM audit_entry WHERE created_at >= {place}
    ORDER BY created_at LIMIT 100) firsts)"""


@dataclass(frozen=True, slots=True)
class SqlAudit:
    db: BaseDBAsyncClient

    async def add(self, entry: AuditEntry) -> None:
        channel = entry.channel or Channel.of(entry.actor)
        await add(
            self.db,
            rows.AuditEntry,
            actor=entry.actor,
            action=entry.action,
            detail=columns.json_text(redact_json(entry.detail)),
            created_at=entry.created_at,
            session_id=entry.session_id,
            channel=channel.value,
            address=entry.address,
        )

    async def page(
        self, wanted: AuditFilter, *, limit: int, before_id: int | None = None
    ) -> list[AuditEntry]:
        return await self._found(wanted, "id <", before_id, "DESC", limit)

    async def after(self, wanted: AuditFilter, *, limit: int, after_id: int) -> list[AuditEntry]:
        return await self._found(wanted, "id >", after_id, "ASC", limit)

    async def _found(
        self, wanted: AuditFilter, beyond: str, this_id: int | None, order: str, limit: int
    ) -> list[AuditEntry]:
        conditions = [*_conditions(wanted), *([] if this_id is None else [(beyond, this_id)])]
        values = [value for _, value in conditions]
        terms = [f"{words} ${place}" for place, (words, _) in enumerate(conditions, 1)]
        if wanted.since is not None:
            terms.append(f"id >= {_FIRST_SINCE.format(place=f'${len(values) + 1}')}")
            values.append(wanted.since)
        where = f"WHERE {' AND '.join(terms)} " if terms else ""
        rest = f"{where}ORDER BY id {order} LIMIT ${len(values) + 1}"
        return [_entry(row) for row in await find(self.db, rows.AuditEntry, rest, *values, limit)]


def _conditions(wanted: AuditFilter) -> Iterator[tuple[str, object]]:
    for column in ("actor", "action", "session_id"):
        value = getattr(wanted, column)
        if value is not None:
            yield f"{column} =", value
    if wanted.since is not None:
        yield "created_at >=", wanted.since


def _entry(row: rows.AuditEntry) -> AuditEntry:
    return AuditEntry(
        id=row.id,
        actor=row.actor,
        action=AuditAction.stored(row.action),
        detail=columns.from_json(row.detail),
        created_at=row.created_at,
        session_id=row.session_id,
        channel=Channel(row.channel) if row.channel else Channel.of(row.actor),
        address=row.address,
    )
