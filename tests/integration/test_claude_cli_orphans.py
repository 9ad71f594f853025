"""The real Claude Code at work: whatever happens to its gateway or warden, nothing lives on."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.simulator.model_replies import Hang, UseTool
from orchestrator_core.claude import ClaudeClient
from orchestrator_core.claude_launcher import ClaudeLauncher
from orchestrator_core.errors import AgentError
from orchestrator_core.model import ProcessMark
from orchestrator_core.processes import is_running, process_mark, this_host
from tests.fakes.claude_cli import RealClaude, children_of, real_claude
from tests.fakes.conversation import PROFILE, allow
from tests.fakes.gateway import gateway, gone
from tests.harness import descendants

#: One in a session of its own, one that heeds no signal, the shell itself; and one that has
#: put off the environment too.
PLAIN = "(setsid sleep 310 &); (trap '' TERM HUP; sleep 311) & echo up > started; sleep 312"
HYDRA = f"(setsid env -i sleep 313 &); {PLAIN}"
#: Seconds from the end of the gateway to that of the last process.
AT_MOST = 2.0


@pytest.fixture
async def real(tmp_path: Path) -> AsyncIterator[RealClaude]:
    async with real_claude(tmp_path) as real:
        os.mkfifo(real.workspace / "started")
        real.model.on("hydra", UseTool(tool="Bash", tool_input={"command": HYDRA}))
        real.model.on("plain", UseTool(tool="Bash", tool_input={"command": PLAIN}))
        yield real


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["/bin/sleep", "314"]) as process:
        yield process
        process.kill()


async def test_a_gateway_killed_while_a_tool_runs_leaves_nothing_behind(real: RealClaude) -> None:
    async with gateway(real, "hydra") as one:
        await _tool_runs(real)
        family = one.family()
        one.send(signal.SIGKILL)

        assert len(family) >= 6
        await gone(family, within=AT_MOST)


async def test_a_paused_gateway_loses_its_claude_when_its_heartbeat_is_due(
    real: RealClaude,
) -> None:
    async with gateway(real, "hydra", beat_within=3) as one:
        await _tool_runs(real)
        family = one.family()
        one.send(signal.SIGSTOP)

        assert len(family) >= 6
        # Its children stay zombies until it goes on.
        await gone(family, within=3 + AT_MOST)
        os.kill(one.pid, 0)


async def test_a_recorded_process_is_ended_with_all_that_came_of_it(real: RealClaude) -> None:
    async with gateway(real, "hydra") as one:
        await _tool_runs(real)
        family = one.family()
        real.launcher.end_process(one.warden)

        await gone(family, within=AT_MOST)
        assert not is_running(one.warden)


async def test_a_process_that_only_has_the_recorded_id_is_not_touched(
    real: RealClaude, bystander: subprocess.Popen[bytes]
) -> None:
    own = process_mark(bystander.pid)
    assert own is not None
    boot, _, ticks = own.started.partition(":")
    before = ProcessMark(host=this_host(), pid=own.pid, started=f"{boot}:{int(ticks) - 1}")
    for other in (before, replace(own, started=ticks), replace(own, host="elsewhere")):
        real.launcher.end_process(other)
    untouched = bystander.poll() is None
    real.launcher.end_process(own)

    assert untouched
    assert bystander.wait(5) == -signal.SIGUSR2


async def test_killed_at_once_the_turn_fails_and_no_tool_goes_on(real: RealClaude) -> None:
    client = await real.launcher.connect(real.conversation().session, PROFILE)
    turn = asyncio.create_task(real.conversation().take(client, "hydra", permit=allow))
    await _tool_runs(real)
    assert client.process is not None
    family = [client.process.pid, *descendants(client.process.pid)]
    await asyncio.gather(client.kill(), gone(family, within=1))
    with pytest.raises(AgentError):
        await turn

    assert not client.is_alive
    assert client.pids == []


async def test_a_kill_during_a_slow_end_makes_it_quick(real: RealClaude) -> None:
    client = await _connected(real, grace=20)
    _pause(client)
    closing = asyncio.create_task(client.close())
    async with asyncio.timeout(5):
        await client.kill()
        await closing

    assert client.pids == []


async def test_a_cli_that_hangs_holds_up_neither_the_turns_end_nor_the_shutdown(
    real: RealClaude, caplog: pytest.LogCaptureFixture
) -> None:
    real.model.on("hang", Hang())
    client = await _connected(real, grace=0.3)
    turn = asyncio.create_task(real.conversation().take(client, "hang"))
    await real.model.wait_for("hang")
    _pause(client)
    async with asyncio.timeout(5):
        await client.interrupt()
        with pytest.raises(AgentError):
            await turn
        await client.close()

    assert client.pids == []
    assert "claude did not stop" in caplog.messages


async def test_the_tools_of_a_killed_warden_end_when_its_client_hears_of_it(
    real: RealClaude,
) -> None:
    client = await _connected(real, grace=3)
    turn = asyncio.create_task(real.conversation().take(client, "plain", permit=allow))
    await _tool_runs(real)
    during = client.pids
    assert client.process is not None
    os.kill(client.process.pid, signal.SIGKILL)
    with pytest.raises(AgentError):
        await turn
    await client.close()

    assert len(during) >= 5
    await gone(during, within=AT_MOST)


async def test_a_start_ends_what_has_no_warden_and_no_living_gateways_claude(
    real: RealClaude,
) -> None:
    elsewhere = replace(real.conversation().session, id="s2")
    other = await real.launcher.connect(elsewhere, PROFILE)
    async with gateway(real, "plain") as one:
        await _tool_runs(real)
        left = [pid for pid in one.family() if pid != one.warden.pid]
        # It cannot see to what its warden leaves behind.
        one.send(signal.SIGSTOP)
        os.kill(one.warden.pid, signal.SIGKILL)
        await gone([one.warden.pid], within=AT_MOST)
        ended = real.launcher.end_leftovers()
        await gone(left, within=AT_MOST)

    assert ended >= 2
    assert len(other.pids) >= 2
    await other.close()


async def _tool_runs(real: RealClaude) -> None:
    async with asyncio.timeout(30):
        await asyncio.to_thread((real.workspace / "started").read_text)


async def _connected(real: RealClaude, *, grace: float) -> ClaudeClient:
    launcher = ClaudeLauncher(replace(real.options, grace=grace))
    return await launcher.connect(real.conversation().session, PROFILE)


def _pause(client: ClaudeClient) -> None:
    """The CLI answers to nothing any more."""
    assert client.process is not None
    os.kill(children_of(client.process.pid)[0], signal.SIGSTOP)
