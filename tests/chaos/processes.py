"""The processes of a run: started through the nursery, watched, killed, frozen, ended."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

END_SECONDS = 30.0
MARK = b"DENREI_CLIENT="


@dataclass(slots=True)
class Process:
    name: str
    pid: int
    #: Its exit status, negative for a signal, once it has ended.
    status: asyncio.Future[int]
    #: Whether the run has told it to end.
    told: bool = False

    @property
    def lives(self) -> bool:
        return not self.status.done()

    def send(self, number: signal.Signals) -> None:
        if self.lives:
            os.kill(self.pid, number)

    async def ended(self, timeout: float = END_SECONDS) -> int:
        """Raises TimeoutError."""
        return await asyncio.wait_for(asyncio.shield(self.status), timeout)


@dataclass(slots=True)
class Nursery:
    """A connection to it."""

    writer: asyncio.StreamWriter
    #: What is wrong with all it starts.
    mutant: str | None
    _starting: dict[int, asyncio.Future[int]] = field(default_factory=dict)
    _living: dict[int, Process] = field(default_factory=dict)

    async def start(
        self, name: str, argv: Sequence[str], environment: Mapping[str, str], folder: Path
    ) -> Process:
        number = len(self._starting)
        started = self._starting[number] = asyncio.get_running_loop().create_future()
        order = {
            "id": number,
            "argv": list(argv),
            "env": dict(environment),
            "cwd": str(folder),
            "log": str(folder / f"{name}.log"),
            "mutant": self.mutant,
        }
        self.writer.write(json.dumps(order).encode() + b"\n")
        pid = await started
        process = Process(name, pid, asyncio.get_running_loop().create_future())
        self._living[pid] = process
        return process

    async def listen(self, reader: asyncio.StreamReader) -> None:
        async for line in reader:
            self._take(json.loads(line))

    def _take(self, message: dict[str, Any]) -> None:
        if "started" in message:
            self._starting[message["started"]].set_result(message["pid"])
        elif process := self._living.pop(message["ended"], None):
            process.status.set_result(message["status"])


@contextmanager
def open_nursery(folder: Path) -> Iterator[Path]:
    """Yield its socket's path once it can be connected to."""
    path = folder / "nursery.sock"
    command = [sys.executable, "-m", "tests.chaos.nursery", str(path)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root
    ) as process:
        try:
            assert process.stdout is not None
            if not process.stdout.readline():
                raise RuntimeError("the nursery did not open")
            yield path
        finally:
            process.kill()
            path.unlink(missing_ok=True)


@asynccontextmanager
async def connected(path: Path, mutant: str | None) -> AsyncIterator[Nursery]:
    """What it starts meanwhile is killed at the end."""
    reader, writer = await asyncio.open_unix_connection(path)
    nursery = Nursery(writer, mutant)
    listening = asyncio.create_task(nursery.listen(reader))
    try:
        yield nursery
    finally:
        writer.close()
        listening.cancel()
        await asyncio.wait([listening])


def left_of(folder: Path) -> dict[int, str]:
    """The living processes that a Claude client of this run has started: ids and names."""
    wanted = str(folder).encode()
    return {
        pid: _comm(pid)
        for pid in _pids()
        for variable in _environment(pid)
        if variable.startswith(MARK) and wanted in variable
    }


def servers_of(folder: Path) -> list[int]:
    """The Valkey servers that live in this folder."""
    wanted = str(folder).encode()
    return [
        pid
        for pid in _pids()
        if _comm(pid).startswith("valkey") and wanted in _read(pid, "cmdline")
    ]


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]


def _environment(pid: int) -> list[bytes]:
    return _read(pid, "environ").split(b"\0")


def _comm(pid: int) -> str:
    return _read(pid, "comm").decode(errors="replace").strip()


def _read(pid: int, name: str) -> bytes:
    """Empty for a process that has ended."""
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""
