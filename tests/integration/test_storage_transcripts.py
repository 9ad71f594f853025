"""Several processes that store transcripts in one database."""

from __future__ import annotations

import asyncio
import sys

from orchestrator_core.clock import SystemClock
from orchestrator_core.ports import TranscriptKey
from storage.store import open_store
from storage.transcripts import SqlTranscripts
from tests.fakes.wakeups import FakeWakeups

#: Writes what both write, in an order of its own, among lines only it writes.
WRITER = """
import asyncio, sys
from orchestrator_core.clock import SystemClock
from orchestrator_core.ports import TranscriptKey
from storage.store import open_store
from storage.transcripts import SqlTranscripts
from tests.fakes.wakeups import FakeWakeups

async def main(url, name, step):
    async with open_store(url, FakeWakeups()) as store:
        transcripts = SqlTranscripts(store, SystemClock())
        key = TranscriptKey(project="-w", conversation="c1")
        print("ready", flush=True)
        sys.stdin.readline()
        for number in range(60):
            shared = {"uuid": f"both-{number * int(step) % 60}"}
            await transcripts.append(key, [{"uuid": f"{name}-{number}"}, shared, {"by": name}])

asyncio.run(main(*sys.argv[1:]))
"""
STEPS = {"a": "1", "b": "59"}


async def test_two_processes_lose_no_line_and_store_none_twice(database_url: str) -> None:
    writers = [await _writer(database_url, name, step) for name, step in STEPS.items()]
    async with asyncio.timeout(60):
        for writer in writers:
            assert writer.stdout and await writer.stdout.readline() == b"ready\n"
        ended = await asyncio.gather(*(writer.communicate(b"go\n") for writer in writers))

    assert [writer.returncode for writer in writers] == [0, 0], ended
    async with open_store(database_url, FakeWakeups()) as store:
        transcripts = SqlTranscripts(store, SystemClock())
        lines = await transcripts.load(TranscriptKey(project="-w", conversation="c1"))
    for name in STEPS:
        own = [line["uuid"] for line in lines if line.get("uuid", "").startswith(f"{name}-")]
        assert own == [f"{name}-{number}" for number in range(60)]
        assert lines.count({"by": name}) == 60
    shared = [line["uuid"] for line in lines if line.get("uuid", "").startswith("both-")]
    assert sorted(shared) == sorted(f"both-{number}" for number in range(60))


async def _writer(url: str, name: str, step: str) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", WRITER, url, name, step), stdin=pipe, stdout=pipe, stderr=pipe
    )
