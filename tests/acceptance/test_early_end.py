"""A process that is told to end while it still starts."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from orchestrator_core.processes import start_mark
from tests.harness import town


@dataclass(slots=True)
class SilentDatabase:
    """Takes connections and never says a word."""

    url: str = ""
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def hear(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked.set()
        await self.over.wait()
        writer.close()


@asynccontextmanager
async def silent_database() -> AsyncIterator[SilentDatabase]:
    database = SilentDatabase()
    server = await asyncio.start_server(database.hear, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    database.url = f"postgresql://denrei@127.0.0.1:{port}/denrei"
    async with server:
        yield database
        database.over.set()


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
async def test_it_ends_in_good_order_and_leaves_nothing(tmp_path: Path, told: int) -> None:
    async with town(tmp_path, "haru") as place, silent_database() as database:
        denrei = await place.start(DATABASE_URL=database.url)
        async with asyncio.timeout(30):
            await database.asked.wait()
        valkey = json.loads((place.data / "valkey" / "valkey.json").read_text())
        denrei.process.send_signal(told)
        status = await denrei.ended()

    assert status == 0
    assert start_mark(valkey["pid"]) != valkey["mark"]
