"""The inbox writer: all events waiting go into one transaction.

One COMMIT costs a wait for the disk; shared, it costs each webhook call little.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Sequence
from dataclasses import dataclass

from orchestrator_core.errors import StorageFullError
from orchestrator_core.model import NewInboxEvent
from storage import columns
from storage.failures import is_deadlock
from storage.store import SqlStore

#: So that one transaction never holds up the rest for long.
_MOST_AT_ONCE = 1000
#: So many calls that wait together are a flood, and for how long one is remembered.
_CROWD, _CROWD_SECONDS = 8, 0.1

#: How often the same rows are tried when other processes keep getting in their way.
_TRIES = 3

_COLUMNS = 7
#: As many rows as SQLite has places for in one statement; PostgreSQL has about as many.
_MOST_ROWS = 32_766 // _COLUMNS


@functools.cache
def _insert(rows: int) -> str:
    """One statement for all rows: run row by row, each would take the interpreter's lock anew,
    and wait for it as long as the loop is busy answering."""
    first = range(1, rows * _COLUMNS, _COLUMNS)
    places = (f"({', '.join(f'${n + column}' for column in range(_COLUMNS))}, 0)" for n in first)
    return f"""
    INSERT INTO inbox_event
        (webhook_event_id, chat_id, timestamp_ms, payload, state, received_at, message_id,
         failures)
    VALUES {", ".join(places)} ON CONFLICT (webhook_event_id) DO NOTHING"""  # noqa: S608 - no input


@dataclass(frozen=True, slots=True, eq=False)
class _Call:
    events: Sequence[NewInboxEvent]
    stored: asyncio.Future[None]


class SqlInboxWriter:
    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self._waiting: list[_Call] = []
        self._writing: asyncio.Task[None] | None = None
        #: The loop's time until which a flood is taken to go on.
        self._crowded_until = 0.0

    async def store(self, events: Sequence[NewInboxEvent]) -> None:
        if not events:
            return
        call = _Call(events, asyncio.get_running_loop().create_future())
        self._waiting.append(call)
        # A task of its own: a caller who goes away must not take the others' events along.
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all())
        await call.stored

    async def quiet(self, at_most: float) -> None:
        now = asyncio.get_running_loop().time()
        if self._crowded_until > now:
            await asyncio.sleep(min(self._crowded_until - now, at_most))

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                await self._write_together(self._take())
        finally:
            self._writing = None
            for call in self._waiting:
                call.stored.cancel()

    def _take(self) -> list[_Call]:
        taken, events = 0, 0
        for call in self._waiting:
            taken += 1
            events += len(call.events)
            if events >= _MOST_AT_ONCE:
                break
        calls, self._waiting = self._waiting[:taken], self._waiting[taken:]
        if len(calls) >= _CROWD:
            self._crowded_until = asyncio.get_running_loop().time() + _CROWD_SECONDS
        return calls

    async def _write_together(self, calls: list[_Call]) -> None:
        error = await self._try(calls)
        if error is None or isinstance(error, StorageFullError) or len(calls) == 1:
            _answer(calls, error)
            return
        # One of them cannot be stored; alone, only that one fails.
        for call in calls:
            _answer([call], await self._try([call]))

    async def _try(self, calls: list[_Call]) -> Exception | None:
        # Rows go in as they came, so two processes given the same events in different orders
        # may wait for each other. The database ends one of them; by its next try the other's
        # are there, or on their way in an order that is waited for.
        error = await self._try_once(calls)
        tries = 1
        while error is not None and is_deadlock(error) and tries < _TRIES:
            error = await self._try_once(calls)
            tries += 1
        return error

    async def _try_once(self, calls: list[_Call]) -> Exception | None:
        try:
            await self._write(calls)
        except asyncio.CancelledError:
            for call in calls:
                call.stored.cancel()
            raise
        except Exception as error:  # noqa: BLE001 - each caller gets it
            return error
        return None

    async def _write(self, calls: list[_Call]) -> None:
        # In the order they came: their new ids are the order in which they are acted on.
        rows = [_row(event) for call in calls for event in call.events]
        for start in range(0, len(rows), _MOST_ROWS):
            # Where a later part fails, all is sent again, and what is stored is passed over.
            part = rows[start : start + _MOST_ROWS]
            await self._store.execute(_insert(len(part)), [value for row in part for value in row])


def _row(event: NewInboxEvent) -> list[object]:
    return [
        columns.text(event.webhook_event_id),
        columns.optional_text(event.chat_id),
        event.timestamp_ms,
        columns.text(event.payload),
        event.state.value,
        event.received_at,
        columns.optional_text(event.message_id),
    ]


def _answer(calls: list[_Call], error: Exception | None) -> None:
    for call in calls:
        # Done already when its caller went away.
        if call.stored.done():
            continue
        if error is None:
            call.stored.set_result(None)
        else:
            call.stored.set_exception(error)
