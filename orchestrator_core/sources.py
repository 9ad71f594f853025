"""Where a change comes from: a store whose audit says so of every entry, whoever writes it.

The parts that change something know who asked; only the door they came in by knows from where.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, cast

from orchestrator_core.model import AuditEntry, AuditFilter, Channel
from orchestrator_core.ports import Audit, Records, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    channel: Channel
    #: As the operating system names the caller; behind a proxy the proxy's.
    address: str | None = None


@dataclass(frozen=True, slots=True)
class SeenFrom:
    """The port Store, for as long as one caller is served."""

    store: Store
    source: Source

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Records]:
        async with self.store.transaction() as records:
            yield cast(Records, _Records(records, self.source))

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Records]:
        async with self.store.read() as records:
            yield records

    async def ping(self) -> None:
        await self.store.ping()


@dataclass(frozen=True, slots=True)
class _Records:
    """The port Records: all but the audit is handed on."""

    records: Records
    source: Source

    @property
    def audit(self) -> Audit:
        return _Audit(self.records.audit, self.source)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.records, name)


@dataclass(frozen=True, slots=True)
class _Audit:
    """The port Audit. What says itself where it comes from is believed."""

    audit: Audit
    source: Source

    async def add(self, entry: AuditEntry) -> None:
        await self.audit.add(
            replace(
                entry,
                channel=entry.channel or self.source.channel,
                address=entry.address or self.source.address,
            )
        )

    async def page(
        self, wanted: AuditFilter, *, limit: int, before_id: int | None = None
    ) -> list[AuditEntry]:
        return await self.audit.page(wanted, limit=limit, before_id=before_id)

    async def after(self, wanted: AuditFilter, *, limit: int, after_id: int) -> list[AuditEntry]:
        return await self.audit.after(wanted, limit=limit, after_id=after_id)
