"""Deletes what was kept long enough. Knows what has an end; the tables are the storage's."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from orchestrator_core.ports import Clock, Kept, Store

logger = logging.getLogger(__name__)

#: A transaction deletes no more, as everybody who writes waits for it.
BATCH = 200
#: Each is deleted whole, and may be long.
CONVERSATIONS = 20

#: What must be remembered for at least so long: an event LINE may send again must be known, and a
#: message it may yet be asked about again must be found. LINE names no end for the one; the other
#: is the day its retry keys are good for, and the three that messages are tried.
FLOORS: Mapping[Kept, timedelta] = {
    Kept.INBOX: timedelta(days=7),
    Kept.DELIVERIES: timedelta(days=4),
}


class OldTranscripts(Protocol):
    async def delete_before(self, moment: datetime, *, limit: int) -> int:
        """Delete so many conversations to which nothing was added since then; how many went."""
        ...


class Retention:
    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        keep: Mapping[Kept, timedelta],
        transcripts: OldTranscripts,
        keep_transcripts: timedelta,
    ) -> None:
        self._store = store
        self._clock = clock
        self._keep = keep
        self._keep_transcripts = keep_transcripts
        self._transcripts = transcripts

    async def run(self) -> None:
        """Delete all that is old by now. Ended at any moment, it goes on there the next time."""
        now = self._clock.now()
        for kept, span in self._keep.items():
            before = now - max(span, FLOORS.get(kept, span))
            await self._forget(kept, before)
        await self._forget_old_transcripts(now - self._keep_transcripts)

    async def _forget(self, kept: Kept, before: datetime) -> None:
        async def delete_some() -> int:
            async with self._store.transaction() as records:
                return await records.old_rows.delete(kept, before=before, limit=BATCH)

        _note(kept, await _all_of(delete_some))

    async def _forget_old_transcripts(self, before: datetime) -> None:
        async def delete_some() -> int:
            return await self._transcripts.delete_before(before, limit=CONVERSATIONS)

        _note("transcripts", await _all_of(delete_some))


async def _all_of(delete_some: Callable[[], Awaitable[int]]) -> int:
    total = 0
    while count := await delete_some():
        total += count
    return total


def _note(what: str, count: int) -> None:
    if count:
        logger.info("old rows deleted", extra={"what": what, "count": count})
