"""Rings that are entries of a stream: a pool's, which one of many takes, and events.

Entries are only rings: none is waited for, claimed again or worth keeping.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from orchestrator_core.ending import goes_on
from orchestrator_core.ports import Topic
from storage.bells import Bells, LocalBell
from storage.redis_client import Outage, again_and_again
from storage.wakeup_rings import FIELD, give, read

#: How long a read waits at the server; less than the client's patience with it.
_BLOCK_MILLISECONDS = 1_000
_GROUP = "workers"
#: All read as one: what one has taken is acknowledged as it is taken, so that nothing is kept
#: by name, and a process that dies leaves nothing to be tidied up.
_CONSUMER = "any"
_BATCH = 500


class PoolReader:
    """Takes a pool's rings for one bell, as long as somebody waits on it."""

    def __init__(self, client: Redis, stream: str, bell: LocalBell, me: str) -> None:
        self._client = client
        self._stream = stream
        self._bell = bell
        self._me = me

    async def take(self) -> None:
        """Until cancelled."""
        await again_and_again("pool", self._take)

    async def join(self) -> None:
        """From now on: whoever joins looks for himself first."""
        with suppress(ResponseError):  # There is such a group already.
            await self._client.xgroup_create(self._stream, _GROUP, id="$", mkstream=True)

    async def _take(self, outage: Outage) -> None:
        # Who is busy leaves the ring to somebody else.
        await self._bell.free.wait()
        try:
            entry = await self._read()
        except ResponseError as error:
            if not str(error).startswith("NOGROUP"):
                raise
            # Redis was emptied, of rings too.
            await self.join()
            self._bell.ring()
            return
        outage.worked()
        # Our own have reached our bells already.
        if entry is None or read(entry)[0] == self._me:
            return
        if self._bell.free.is_set():
            self._bell.ring()
        else:
            await give(self._client, self._stream, entry)

    async def _read(self) -> bytes | None:
        found = await self._client.xreadgroup(
            _GROUP,
            _CONSUMER,
            {self._stream: ">"},
            count=1,
            block=_BLOCK_MILLISECONDS,
            noack=True,
        )
        return next((ring for _, ring in _entries(found)), None)


class EventTail:
    """Reads the stream of events while anybody here waits for events."""

    def __init__(self, client: Redis, stream: str, bells: Bells, me: str) -> None:
        self._client = client
        self._stream = stream
        self._bells = bells
        self._me = me
        self._wanted = asyncio.Event()
        #: The last entry read, None before the first look.
        self._place: str | None = None
        #: Set while events reach us.
        self.reading = asyncio.Event()

    async def follow(self) -> None:
        """Until cancelled."""
        await again_and_again("events", self._follow)

    def want(self) -> None:
        self._wanted.set()

    async def _follow(self, outage: Outage) -> None:
        await self._wanted.wait()
        try:
            await self._find_place()
            outage.worked()
            self.reading.set()
            while goes_on() and self._bells.any(Topic.EVENTS):
                await self._read()
        finally:
            self.reading.clear()
        if not self._bells.any(Topic.EVENTS):
            # What comes until somebody is there again, nobody misses.
            self._place = None
            self._wanted.clear()

    async def _find_place(self) -> None:
        """Where to go on; if entries were lost since, everybody looks again."""
        first, last = await self._ends()
        if self._place is None:
            self._place = last
        elif not _parts(first) <= _parts(self._place) <= _parts(last):
            self._place = last
            self._bells.ring(Topic.EVENTS)

    async def _ends(self) -> tuple[str, str]:
        """The ids of the first entry, and of the last one ever."""
        try:
            stream = await self._client.xinfo_stream(self._stream)
        except ResponseError:
            return "0-0", "0-0"
        first = stream["first-entry"]
        last = stream["last-generated-id"].decode()
        return (first[0].decode() if first else last), last

    async def _read(self) -> None:
        found = await self._client.xread(
            {self._stream: self._place or "$"}, count=_BATCH, block=_BLOCK_MILLISECONDS
        )
        for entry_id, ring in _entries(found):
            self._place = entry_id
            sender, keys = read(ring)
            if sender != self._me:
                for key in keys:
                    self._bells.ring(Topic.EVENTS, key)


def _entries(found: Any) -> Iterator[tuple[str, bytes]]:
    """Ids and rings of what was read of one stream."""
    for _, entries in found:
        for entry_id, fields in entries:
            yield entry_id.decode(), fields.get(FIELD, b"")


def _parts(entry_id: str) -> tuple[int, ...]:
    return tuple(int(part) for part in entry_id.split("-"))
