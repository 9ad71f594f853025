"""The private Valkey, the folder's lock, and life without Redis."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path

import pytest

from orchestrator_core.ports import Topic
from orchestrator_core.processes import start_mark
from storage.embedded_valkey import embedded_valkey
from storage.folder_lock import FolderInUseError, folder_lock
from storage.redis_client import connect
from storage.retry_buffer import RedisRetryBuffer
from storage.wakeups import open_wakeups
from tests.fakes.clock import NOON

LONG = 8.0

_SERVE_AND_DIE = """
import asyncio, os, signal, sys
from pathlib import Path
from storage.embedded_valkey import embedded_valkey
async def main():
    async with embedded_valkey(Path(sys.argv[1])):
        os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""


def _pid(folder: Path) -> int:
    return int(json.loads((folder / "valkey" / "valkey.json").read_text())["pid"])


async def test_it_listens_on_a_socket_of_ours_alone_and_ends_with_us(tmp_path: Path) -> None:
    async with embedded_valkey(tmp_path) as url:
        pid = _pid(tmp_path)
        async with connect(url) as client:
            port = await client.config_get("port")
        mode = stat.S_IMODE((tmp_path / "valkey" / "valkey.sock").stat().st_mode)

    assert url.startswith("unix://")
    assert port == {"port": "0"}
    assert mode == 0o700
    assert start_mark(pid) is None


async def test_what_was_put_in_survives_a_restart(tmp_path: Path) -> None:
    async with embedded_valkey(tmp_path) as url, aclosing(RedisRetryBuffer(url)) as buffer:
        await buffer.put(7, NOON)
    async with embedded_valkey(tmp_path) as url, aclosing(RedisRetryBuffer(url)) as buffer:
        assert await buffer.seconds_to_next(NOON) == 0


async def test_the_server_of_a_killed_process_is_taken_over_and_ended(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _SERVE_AND_DIE, str(tmp_path)]
    killed = subprocess.run(command, check=False)  # noqa: ASYNC221
    orphan = _pid(tmp_path)
    alive_before = start_mark(orphan)
    async with embedded_valkey(tmp_path) as url, connect(url) as client:
        info = await client.info("server")

    assert killed.returncode == -signal.SIGKILL
    assert alive_before is not None
    assert info["process_id"] == orphan
    assert start_mark(orphan) is None


async def test_the_server_of_a_living_process_is_shared_and_left_alone(tmp_path: Path) -> None:
    async with embedded_valkey(tmp_path) as first:
        pid = _pid(tmp_path)
        async with embedded_valkey(tmp_path) as second:
            assert second == first
        assert start_mark(pid) is not None


async def test_a_long_path_gets_a_socket_elsewhere(tmp_path: Path) -> None:
    deep = tmp_path / ("long-" * 20) / "data"
    async with embedded_valkey(deep) as url, connect(url) as client:
        assert await client.ping() is True

    assert len(url) < 100


def test_a_folder_is_served_once_and_the_second_learns_by_whom(tmp_path: Path) -> None:
    with (
        folder_lock(tmp_path),
        pytest.raises(FolderInUseError, match=str(os.getpid())) as caught,
        folder_lock(tmp_path),
    ):
        pass
    assert caught.value.pid == os.getpid()

    with folder_lock(tmp_path):
        assert (tmp_path / "denrei.lock").read_text() == str(os.getpid())


async def test_without_redis_rings_stay_in_the_process_and_ping_says_so(tmp_path: Path) -> None:
    async with (
        open_wakeups(f"unix://{tmp_path}/nobody.sock") as wakeups,
        wakeups.bell(Topic.INBOX) as bell,
    ):
        wakeups.ring(Topic.INBOX)

        assert await bell.wait(LONG) is True
        with pytest.raises(ConnectionError):
            await wakeups.ping()


async def test_without_redis_the_retry_buffer_is_empty_and_quiet(tmp_path: Path) -> None:
    async with aclosing(RedisRetryBuffer(f"unix://{tmp_path}/nobody.sock")) as buffer:
        await buffer.put(1, NOON)
        await buffer.drop_due(NOON - timedelta(days=1))

        assert await buffer.seconds_to_next(NOON) is None


async def test_an_outage_is_logged_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with aclosing(RedisRetryBuffer(f"unix://{tmp_path}/nobody.sock")) as buffer:
        for number in range(3):
            await buffer.put(number, NOON)

    [record] = caplog.records
    facts = vars(record)
    assert record.getMessage() == "redis away"
    assert (facts["part"], facts["error"]) == ("retries", "ConnectionError")


async def test_when_redis_is_back_all_look_again_and_rings_travel(tmp_path: Path) -> None:
    async with embedded_valkey(tmp_path) as url:
        pass
    async with (
        open_wakeups(url) as here,
        here.bell(Topic.TURNS) as bell,
        embedded_valkey(tmp_path),
    ):
        looked_again = await bell.wait(LONG)
        async with open_wakeups(url) as there:
            there.ring(Topic.TURNS)
            woken = await bell.wait(LONG)

    assert looked_again is True
    assert woken is True
