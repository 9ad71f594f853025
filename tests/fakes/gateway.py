"""A gateway in a process of its own, for tests that kill or pause it: one session, one prompt.

It tells of its Claude on a line of its output, then asks. `python -m tests.fakes.gateway`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypedDict

from orchestrator_core.claude_launcher import ClaudeLauncher, ClaudeOptions
from orchestrator_core.heartbeat import Heartbeat
from orchestrator_core.model import ProcessMark
from tests.fakes.claude_cli import RealClaude
from tests.fakes.conversation import PROFILE, allow, new_session
from tests.harness import descendants

ROOT = Path(__file__).parents[2]
BEATS_A_SECOND = 20


class Plan(TypedDict):
    environment: dict[str, str]
    workspace: str
    prompt: str
    heartbeat: str
    #: In seconds; 0: no warden looks for it.
    beat_within: float


@dataclass(frozen=True, slots=True)
class Gateway:
    pid: int
    #: The warden of its Claude.
    warden: ProcessMark

    def family(self) -> list[int]:
        """All that came of it."""
        return descendants(self.pid)

    def send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)


@contextlib.asynccontextmanager
async def gateway(
    real: RealClaude, prompt: str, *, beat_within: float = 0
) -> AsyncIterator[Gateway]:
    """One that is at work on the prompt. With `beat_within` its wardens look for its heartbeat."""
    plan: Plan = {
        "environment": dict(real.options.environment),
        "workspace": str(real.workspace),
        "prompt": prompt,
        "heartbeat": str(real.workspace.with_name("heartbeat")),
        "beat_within": beat_within,
    }
    command = [sys.executable, "-m", "tests.fakes.gateway", json.dumps(plan)]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(30):
            told = json.loads(await process.stdout.readline())
        yield Gateway(process.pid, ProcessMark(**told))
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def gone(pids: list[int], *, within: float) -> None:
    """Until none of these runs any more. Raises TimeoutError."""
    async with asyncio.timeout(within):
        await asyncio.gather(*[_gone(pid) for pid in pids])


async def _gone(pid: int) -> None:
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(process, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(process)
        os.close(process)


async def _serve(plan: Plan) -> None:
    heartbeat = Heartbeat(path=Path(plan["heartbeat"]), seconds=plan["beat_within"])
    _beat(heartbeat)
    options = ClaudeOptions(
        environment=plan["environment"], heartbeat=heartbeat if heartbeat.seconds else None
    )
    session = new_session(Path(plan["workspace"]))
    client = await ClaudeLauncher(options).connect(session, PROFILE)
    assert client.process is not None
    print(json.dumps(asdict(client.process)), flush=True)
    async for _event in client.ask(plan["prompt"], permit=allow):
        pass


def _beat(heartbeat: Heartbeat) -> None:
    heartbeat.beat(time.monotonic())
    asyncio.get_running_loop().call_later(1 / BEATS_A_SECOND, _beat, heartbeat)


if __name__ == "__main__":
    asyncio.run(_serve(json.loads(sys.argv[1])))
