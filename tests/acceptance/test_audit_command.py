"""`denrei audit export`: the real process, on a database that somebody else has open."""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.audit_cli import BATCH, add_audit, write_out
from orchestrator_core.model import AuditEntry, AuditFilter
from storage.store import open_store
from tests.fakes.clock import NOON
from tests.fakes.store import FakeStore
from tests.fakes.wakeups import FakeWakeups

OWNER = "U" + "0" * 32
SECONDS = 30


def entry(number: int, actor: str = OWNER) -> AuditEntry:
    at = NOON + timedelta(seconds=number)
    return AuditEntry(actor=actor, action="a", detail={"n": number, "t": "水"}, created_at=at)


async def exported(folder: Path, *arguments: str) -> list[dict[str, Any]]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "audit", "export", *arguments),
        cwd=Path(__file__).parents[2],
        env={
            "LINE_CHANNEL_SECRET": "a-channel-secret",
            "LINE_CHANNEL_ACCESS_TOKEN": "a-token",
            "DENREI_OWNERS": OWNER,
            "DENREI_DATA_DIR": str(folder),
            "PYTHONUTF8": "1",
        },
        stdout=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(SECONDS):
        printed, _ = await process.communicate()
    assert process.returncode == 0
    return [json.loads(line) for line in printed.decode().splitlines()]


async def test_all_that_fits_is_written_oldest_first_while_denrei_serves(tmp_path: Path) -> None:
    async with open_store(f"sqlite://{tmp_path}/denrei.sqlite3", FakeWakeups()) as store:
        async with store.transaction() as records:
            for number in range(3):
                await records.audit.add(entry(number, actor="api" if number == 1 else OWNER))
        everything = await exported(tmp_path)
        later = await exported(tmp_path, "--actor", OWNER, "--since", "2030-01-01T12:00:01Z")

    assert [line["detail"] for line in everything] == [{"n": n, "t": "水"} for n in range(3)]
    assert everything[1] == {
        "id": 2,
        "created_at": "2030-01-01T12:00:01+00:00",
        "actor": "api",
        "channel": "api",
        "address": None,
        "action": "a",
        "session_id": None,
        "detail": {"n": 1, "t": "水"},
    }
    assert [line["detail"]["n"] for line in later] == [2]


@pytest.mark.parametrize("count", [0, 1, BATCH, BATCH + 1, 2 * BATCH])
async def test_however_many_there_are_each_is_written_once(count: int) -> None:
    store = FakeStore(FakeWakeups())
    async with store.transaction() as records:
        for number in range(count):
            await records.audit.add(entry(number))
    written = io.StringIO()

    await write_out(store, AuditFilter(), written)

    numbers = [json.loads(line)["detail"]["n"] for line in written.getvalue().splitlines()]
    assert numbers == [*range(count)]


@pytest.mark.parametrize("since", ["yesterday", "2030-01-01", "2030-01-01T12:00:00"])
def test_a_time_without_its_offset_is_refused(
    since: str, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = argparse.ArgumentParser()
    add_audit(parser.add_subparsers())

    with pytest.raises(SystemExit):
        parser.parse_args(["audit", "export", "--since", since])
    assert since in capsys.readouterr().err
