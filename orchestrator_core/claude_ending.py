"""How one Claude Code comes to its end: in order, else by force. Knows no SDK.

Every wait ends: what hangs here would hold up the end of the whole gateway.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from orchestrator_core.claude_processes import ask_to_end, end_processes_of, processes_of
from orchestrator_core.model import ProcessMark
from orchestrator_core.processes import process_mark

logger = logging.getLogger(__name__)


class ClientEnd:
    """Ends all processes of one client, which have its mark; without /proc, its warden does."""

    def __init__(self, mark: str, *, grace: float) -> None:
        self.mark = mark
        self._grace = grace
        #: The warden; None before it runs, and where nobody can tell.
        self.root: ProcessMark | None = None
        self._leaving: asyncio.Future[None] | None = None

    @property
    def pids(self) -> list[int]:
        return processes_of(self.mark)

    def note_root(self, transport: Any) -> None:
        """No public call of the SDK tells the id of the process it has started."""
        process = getattr(transport, "_process", None)
        self.root = process and process_mark(process.pid)

    def now(self) -> None:
        """Holds up the loop for the milliseconds it takes, and cannot be cancelled."""
        if not end_processes_of(self.mark) and self.root is not None:
            ask_to_end(self.root)

    async def by_force(self) -> None:
        # Before anything else: a thread may have to be waited for.
        if self.root is not None:
            ask_to_end(self.root)
        await asyncio.to_thread(self.now)

    async def leave(
        self,
        disconnect: Callable[[], Coroutine[Any, Any, None]],
        reading: asyncio.Task[None] | None,
    ) -> None:
        """Raises what `disconnect` raises. After it no process is left."""
        # Kept, as the SDK cannot be left twice at the same time.
        self._leaving = leaving = self._leaving or asyncio.ensure_future(disconnect())
        try:
            if not await self._ends(leaving):
                await self.by_force()
            if await self._ends(leaving):
                await leaving
            else:
                logger.error("claude was left open", extra={"mark": self.mark})
        finally:
            self.now()
            if reading is not None:
                reading.cancel()
                await self._ends(reading)

    async def of_reading(self, reading: asyncio.Task[None] | None) -> None:
        """The reader sees the end of the output, or is given up."""
        if reading is not None and not await self._ends(reading):
            reading.cancel()
            await self._ends(reading)

    async def _ends(self, work: asyncio.Future[None]) -> bool:
        return bool((await asyncio.wait([work], timeout=self._grace))[0])
