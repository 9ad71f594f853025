"""Starts what is measured, as a person would, and ends it by its pid."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from bot.simulator.line_state import user_id
from tests.ports import lasting_port

SECRET, TOKEN, OWNER = "bench-secret", "bench-token", user_id("owner")
#: A process that uses less than this share of a core is idle.
IDLE_SHARE, LOOK_SECONDS = 0.05, 0.5
START_SECONDS, STOP_SECONDS = 60.0, 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    port: int
    pid: int
    #: From the start of the process to its first good answer.
    seconds: float


@contextlib.asynccontextmanager
async def denrei(
    folder: Path, *, line_url: str = "http://127.0.0.1:9", model_url: str = "http://127.0.0.1:9"
) -> AsyncIterator[Started]:
    """`denrei serve` as it is by default, but for a limit of prompts: SQLite and its own Valkey,
    all in one process."""
    port, config = lasting_port(), folder / "denrei.toml"
    # One person asks faster than a person may.
    config.write_text('[rate_limits]\nprompts_per_person = "1000/minute"\n')
    settings = {
        "DENREI_CONFIG": str(config),
        "LINE_CHANNEL_SECRET": SECRET,
        "LINE_CHANNEL_ACCESS_TOKEN": TOKEN,
        "LINE_API_BASE": line_url,
        "DENREI_OWNERS": OWNER,
        "DENREI_DATA_DIR": str(folder / "data"),
        "PORT": str(port),
        "ANTHROPIC_API_KEY": "bench",
        "ANTHROPIC_BASE_URL": model_url,
    }
    command = [sys.executable, "-m", "bot", "serve"]
    async with _process(command, settings, folder, f"http://127.0.0.1:{port}/readyz") as started:
        yield started


@contextlib.asynccontextmanager
async def rival(folder: Path) -> AsyncIterator[Started]:
    port = lasting_port()
    command = [sys.executable, "-m", "tests.benchmarks.rival", str(port)]
    settings = {"LINE_CHANNEL_SECRET": SECRET, "PYTHONPATH": str(Path.cwd())}
    async with _process(command, settings, folder, f"http://127.0.0.1:{port}/docs") as started:
        yield started


@contextlib.asynccontextmanager
async def _process(
    command: list[str], settings: dict[str, str], folder: Path, url: str
) -> AsyncIterator[Started]:
    begun = time.perf_counter()
    with (folder / "log.txt").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=folder, env={**os.environ, **settings}, stdout=log, stderr=log
        )
    try:
        await _first_answer(url)
        seconds = time.perf_counter() - begun
        yield Started(
            port=int(url.split(":")[2].split("/", maxsplit=1)[0]), pid=process.pid, seconds=seconds
        )
    finally:
        process.terminate()
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()


async def _first_answer(url: str) -> None:
    async with asyncio.timeout(START_SECONDS), httpx.AsyncClient() as client:
        while True:
            with contextlib.suppress(httpx.TransportError):
                if (await client.get(url)).is_success:
                    return
            await asyncio.sleep(0.01)


async def settled(pid: int) -> None:
    """Wait until the process has done what it does after its start, such as late imports."""
    async with asyncio.timeout(START_SECONDS):
        used = -1.0
        while (now := _cpu_seconds(pid)) - used > IDLE_SHARE * LOOK_SECONDS:
            used = now
            await asyncio.sleep(LOOK_SECONDS)


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_megabytes(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"no process {pid}")
