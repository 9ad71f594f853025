"""Transcripts in memory. Who holds a session is asked of the store."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from orchestrator_core.model import JsonObject, Lease
from orchestrator_core.ports import Clock, KeptConversation, Store, TranscriptKey
from tests.fakes.state import as_json

_LONGEST = 255


class FakeTranscripts:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._lines: dict[TranscriptKey, list[JsonObject]] = {}
        self._changed: dict[TranscriptKey, datetime] = {}
        #: Set to make `append` raise it, as when the database is away.
        self.error: Exception | None = None
        #: Set once it was raised.
        self.failed = asyncio.Event()

    async def append(
        self, key: TranscriptKey, lines: Sequence[JsonObject], *, lease: Lease | None = None
    ) -> Lease | None:
        if max(len(key.project), len(key.conversation), len(key.subpath)) > _LONGEST:
            raise ValueError("the key is too long")
        if self.error is not None:
            self.failed.set()
            raise self.error
        current = await self._as_it_stands(lease) if lease else None
        for line in lines:
            kept = self._lines.setdefault(key, [])
            if line.get("uuid") is None or line["uuid"] not in [one.get("uuid") for one in kept]:
                kept.append(as_json(line))
                self._changed[key] = self._clock.now()
        return current

    async def load(self, key: TranscriptKey) -> list[JsonObject]:
        return [as_json(line) for line in self._lines.get(key, [])]

    async def tail(self, key: TranscriptKey) -> list[JsonObject]:
        lines = await self.load(key)
        named = [place for place, line in enumerate(lines) if line.get("uuid") is not None]
        return lines[named[-1] if named else 0 :]

    async def subpaths(self, key: TranscriptKey) -> list[str]:
        return sorted(one.subpath for one in self._of_conversation(key) if one.subpath)

    async def conversations(self, project: str) -> list[KeptConversation]:
        return [
            KeptConversation(id=key.conversation, changed_at=changed)
            for key, changed in self._changed.items()
            if key.project == project and not key.subpath
        ]

    async def delete(self, key: TranscriptKey) -> None:
        for one in [key] if key.subpath else self._of_conversation(key):
            self._lines.pop(one, None)
            self._changed.pop(one, None)

    async def delete_before(self, moment: datetime, *, limit: int) -> int:
        whole = {replace(key, subpath="") for key in self._lines}
        old = [
            key
            for key in whole
            if all(self._changed[one] < moment for one in self._of_conversation(key))
        ]
        for key in old[:limit]:
            await self.delete(key)
        return len(old[:limit])

    def _of_conversation(self, key: TranscriptKey) -> list[TranscriptKey]:
        wanted = (key.project, key.conversation)
        return [one for one in self._lines if (one.project, one.conversation) == wanted]

    async def _as_it_stands(self, lease: Lease) -> Lease:
        async with self._store.transaction() as records:
            session = await records.sessions.get(lease.session_id)
            if session and session.lease and session.lease.owner == lease.owner:
                return session.lease
            await records.leases.hold(lease)
            return lease
