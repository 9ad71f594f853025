"""`denrei audit export`: the real process, on a database that somebody else has open."""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.audit_cli import BATCH, add_audit, write_out
from orchestrator_core.model import AuditAction, AuditEntry, AuditFilter
from storage.store import open_store
from tests.fakes.clock import NOON
from tests.fakes.store import FakeStore
from tests.fakes.wakeups import FakeWakeups
from tests.samples import add_session

OWNER = "U" + "0" * 32
SECONDS = 30


def entry(number: int, actor: str = OWNER) -> AuditEntry:
    at = NOON + timedelta(seconds=number)
    detail = {"n": number, "t": "水"}
    return AuditEntry(actor=actor, action=AuditAction.SESSION_ASK, detail=detail, created_at=at)


async def run(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """The exit code, and what was printed as output and as errors."""
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
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(SECONDS):
        printed, told = await process.communicate()
    return process.returncode or 0, printed.decode(), told.decode()


async def exported(folder: Path, *arguments: str) -> list[dict[str, Any]]:
    code, printed, told = await run(folder, *arguments)
    assert (code, told) == (0, "")
    return [json.loads(line) for line in printed.splitlines()]


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
        "action": "session.ask",
        "session_id": None,
        "detail": {"n": 1, "t": "水"},
    }
    assert [line["detail"]["n"] for line in later] == [2]


async def test_a_session_may_be_named_as_people_name_it_and_an_unknown_one_is_an_error(
    tmp_path: Path,
) -> None:
    async with open_store(f"sqlite://{tmp_path}/denrei.sqlite3", FakeWakeups()) as store:
        async with store.transaction() as records:
            await add_session(records)
            session = replace(await add_session(records), name="other")
            await records.sessions.save(session)
            for number in (1, session.number):
                meant_of = session.id if number == session.number else None
                await records.audit.add(replace(entry(number), session_id=meant_of))
        unknown = await run(tmp_path, "--session", "77")
        meant = [
            await exported(tmp_path, "--session", reference)
            for reference in (f"{session.number}", f"#{session.number}", session.id[:8], "other")
        ]

    assert unknown == (1, "", "There is no session “77”.\n")
    assert [[line["session_id"] for line in lines] for lines in meant] == [[session.id]] * 4


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
    said = capsys.readouterr().err
    assert since in said
    assert "+09:00" in said
