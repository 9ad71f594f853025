"""The warden of one process: how it ends what came of it, and what it leaves as it is."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator_core import warden
from orchestrator_core.claude_launcher import WARDEN
from orchestrator_core.heartbeat import Heartbeat
from tests.fakes.gateway import gone
from tests.harness import descendants

#: Says "up", then lives on beside three that hide: from the group, the session, the environment.
HYDRA = """
(setsid sleep 300 &)
(setsid env -i sleep 301 &)
(trap '' TERM HUP INT; sleep 302) &
echo up
"""
#: Runs away by being somebody else each time one looks.
HOPPER = f"""
{sys.executable} -c '
import os
for _ in range(100_000):
    if os.fork():
        os._exit(0)
' &
echo up
exec sleep 303
"""


class Ward:
    """`sh` in the place of the CLI, with a warden over it."""

    def __init__(
        self, script: str, *, gateway: int | None, beat: Heartbeat | None, user: str = ""
    ) -> None:
        environment = {
            **os.environ,
            warden.GATEWAY: str(gateway or os.getpid()),
            warden.CLI: "/bin/sh",
            warden.USER: user,
            warden.PYTHON: sys.executable,
            warden.HEARTBEAT: str(beat.path) if beat else "",
            warden.HEARTBEAT_SECONDS: str(beat.seconds) if beat else "",
        }
        self.process = subprocess.Popen(
            [str(WARDEN), "-c", script],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def family(self) -> list[int]:
        return [self.process.pid, *descendants(self.process.pid)]

    def cli(self) -> int:
        return descendants(self.process.pid)[0]

    def say(self, word: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()

    def end(self) -> None:
        if self.process.poll() is None:
            for pid in reversed(self.family()):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        # It waits, and closes the pipes.
        with self.process:
            pass


@pytest.fixture
def wards() -> Iterator[list[Ward]]:
    """All in it are ended after the test."""
    started: list[Ward] = []
    yield started
    for ward in started:
        ward.end()


def begin(
    wards: list[Ward],
    script: str,
    *,
    gateway: int | None = None,
    beat: Heartbeat | None = None,
    user: str = "",
) -> Ward:
    wards.append(Ward(script, gateway=gateway, beat=beat, user=user))
    return wards[-1]


@pytest.mark.parametrize(
    ("script", "status"),
    [("exit 0", 0), ("exit 7", 7), ("kill -9 $$", -9), ("kill -TERM $$", -15)],
)
def test_it_ends_as_the_cli_did(wards: list[Ward], script: str, status: int) -> None:
    assert begin(wards, script).process.wait(10) == status


def test_the_cli_gets_the_input_the_arguments_and_none_of_what_is_the_wardens(
    wards: list[Ward],
) -> None:
    ward = begin(wards, "cat; env | grep -c -e DENREI_WARDEN -e DENREI_HEARTBEAT; echo $0 >&1")
    told, _ = ward.process.communicate("words\n", timeout=10)

    assert told.splitlines() == ["words", "0", "/bin/sh"]


@pytest.mark.parametrize("end", ["exit 3", "kill -9 $$"])
async def test_what_the_cli_leaves_behind_is_ended(wards: list[Ward], end: str) -> None:
    ward = begin(wards, f"{HYDRA} read _; {end}")
    assert ward.line() == "up"
    family = ward.family()
    ward.say("go")

    assert len(family) >= 5
    await gone(family, within=2)


async def test_a_signal_is_passed_on_and_gives_time_for_an_end_in_order(
    wards: list[Ward],
) -> None:
    ward = begin(wards, "trap 'echo saved; exit 4' TERM; echo up; while :; do sleep 0.05; done")
    assert ward.line() == "up"
    ward.process.terminate()

    assert ward.line() == "saved"
    assert ward.process.wait(2) == 4


async def test_a_cli_that_does_not_end_when_asked_is_ended_all_the_same(
    wards: list[Ward],
) -> None:
    ward = begin(wards, f"trap '' TERM; {HYDRA} exec sleep 304")
    assert ward.line() == "up"
    family = ward.family()
    ward.process.terminate()

    await gone(family, within=4)
    assert ward.process.wait(1) == -signal.SIGKILL


@pytest.mark.parametrize("script", [f"{HYDRA} exec sleep 305", HOPPER])
async def test_told_to_it_ends_all_at_once(wards: list[Ward], script: str) -> None:
    ward = begin(wards, script)
    assert ward.line() == "up"
    family = ward.family()
    ward.process.send_signal(warden.AT_ONCE)

    assert len(family) >= 3
    await gone(family, within=2)


async def test_a_killed_warden_takes_the_cli_with_it(wards: list[Ward]) -> None:
    ward = begin(wards, "echo up; exec sleep 306")
    assert ward.line() == "up"
    cli = ward.cli()
    ward.process.kill()

    await gone([cli], within=1)


def test_whoever_started_it_being_dead_already_it_ends(wards: list[Ward]) -> None:
    dead = subprocess.Popen(["/bin/true"])
    dead.wait()
    ward = begin(wards, "exec sleep 307", gateway=dead.pid)

    assert ward.process.wait(5) == -signal.SIGKILL


def test_the_end_of_the_thread_that_started_it_is_not_the_end_of_the_process(
    wards: list[Ward],
) -> None:
    thread = threading.Thread(target=begin, args=(wards, "echo up; read word; echo $word"))
    thread.start()
    thread.join()
    told, _ = wards[0].process.communicate("alive\n", timeout=10)

    assert told.splitlines() == ["up", "alive"]


async def test_when_the_heartbeat_stops_all_is_ended(wards: list[Ward], tmp_path: Path) -> None:
    heartbeat = Heartbeat(path=tmp_path / "heartbeat", seconds=1)
    heartbeat.beat(time.monotonic())
    ward = begin(wards, f"{HYDRA} exec sleep 308", beat=heartbeat)
    assert ward.line() == "up"
    family = ward.family()
    for _ in range(10):
        with contextlib.suppress(TimeoutError):
            await gone(family[:1], within=0.2)
        heartbeat.beat(time.monotonic())
    last = time.monotonic()
    alive = ward.process.poll() is None
    await gone(family, within=3)

    assert alive
    assert time.monotonic() - last < heartbeat.seconds + 1


@pytest.mark.skipif(shutil.which("ps") is None, reason="there is no ps")
def test_where_the_system_has_no_lists_of_children_ps_tells_them(wards: list[Ward]) -> None:
    ward = begin(wards, "echo up; read _; exit 0")
    assert ward.line() == "up"

    assert warden.children_by_ps()[ward.process.pid] == [ward.cli()]


@pytest.mark.parametrize("ago", [60, -60])
async def test_a_heartbeat_counts_by_its_time_and_one_from_before_a_restart_does_not(
    wards: list[Ward], tmp_path: Path, ago: float
) -> None:
    """Beyond the present lie only times that another run of the machine has told."""
    heartbeat = Heartbeat(path=tmp_path / "heartbeat", seconds=30)
    heartbeat.beat(time.monotonic() - ago)
    ward = begin(wards, "read _; exit 5", beat=heartbeat)
    ends = asyncio.to_thread(ward.process.wait, 5)
    if ago < 0:
        ward.say("go")

    assert await ends == (-signal.SIGKILL if ago > 0 else 5)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may start something as another user")
async def test_the_cli_runs_as_another_user_and_can_be_ended(
    wards: list[Ward],
) -> None:
    script = "cd /; echo $(id -un) $(id -Gn) $HOME $USER; sleep 300"
    ward = begin(wards, script, user="daemon")
    who = ward.line()
    family = ward.family()
    ward.process.send_signal(warden.AT_ONCE)
    await asyncio.to_thread(ward.process.wait, 10)

    assert who == "daemon daemon /usr/sbin daemon"
    await gone(family, within=5)


def test_a_cli_that_cannot_become_another_user_is_not_started(wards: list[Ward]) -> None:
    ward = begin(wards, "echo up", user="nobody-of-this-name")

    assert ward.process.wait(10) == 127
    assert ward.line() == ""
