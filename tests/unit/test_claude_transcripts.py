"""The mirror: every line reaches the store, in order, whatever happens to the database."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from orchestrator_core.claude_transcripts import TranscriptMirror
from orchestrator_core.model import JsonObject
from orchestrator_core.ports import TranscriptKey
from tests.claims import LATER, a_claim, claim_one, lease_of, queued
from tests.fakes.clock import FakeClock
from tests.fakes.store import FakeStore
from tests.fakes.transcripts import FakeTranscripts
from tests.fakes.wakeups import FakeWakeups

SDK_KEY = {"project_key": "-w", "session_id": "c1"}
KEY = TranscriptKey(project="-w", conversation="c1")
LINES: list[JsonObject] = [{"uuid": f"u{number}"} for number in range(6)]


@pytest.fixture
def store() -> FakeStore:
    return FakeStore(FakeWakeups())


@pytest.fixture
def transcripts(store: FakeStore) -> FakeTranscripts:
    return FakeTranscripts(store, FakeClock())


async def test_lines_are_stored_when_append_returns(transcripts: FakeTranscripts) -> None:
    mirror = TranscriptMirror(transcripts, None)
    await mirror.append(SDK_KEY, LINES)

    assert await transcripts.load(KEY) == LINES


async def test_lines_wait_in_order_while_the_database_is_away(
    transcripts: FakeTranscripts,
) -> None:
    mirror = TranscriptMirror(transcripts, None, pause=0.01)
    await mirror.append(SDK_KEY, LINES[:1])
    transcripts.error = OSError()
    async with asyncio.timeout(5):
        waiting = asyncio.create_task(mirror.append(SDK_KEY, LINES[1:2]))
        await transcripts.failed.wait()
        # From here on nobody is held up.
        await mirror.append(SDK_KEY, LINES[2:3])
        await mirror.append(SDK_KEY, LINES[3:])
        transcripts.error = None
        await waiting
        await mirror.close(grace=5)

    assert await transcripts.load(KEY) == LINES


async def test_a_database_that_stays_away_holds_the_end_up_no_longer_than_was_said(
    transcripts: FakeTranscripts, caplog: pytest.LogCaptureFixture
) -> None:
    transcripts.error = OSError()
    mirror = TranscriptMirror(transcripts, None, pause=0.01)
    async with asyncio.timeout(10):
        writing = asyncio.create_task(mirror.append(SDK_KEY, LINES))
        await transcripts.failed.wait()
        await mirror.close(grace=0.05)
        await writing

    told = [(one.getMessage(), getattr(one, "lines", None)) for one in caplog.records]
    assert told == [("transcript behind", 6), ("transcript left behind", 6)]


async def test_lines_that_can_never_be_kept_do_not_hold_up_the_others(
    transcripts: FakeTranscripts, caplog: pytest.LogCaptureFixture
) -> None:
    mirror = TranscriptMirror(transcripts, None)
    await mirror.append({**SDK_KEY, "subpath": "x" * 300}, LINES)
    await mirror.append(SDK_KEY, LINES)

    assert await transcripts.load(KEY) == LINES
    assert [one.getMessage() for one in caplog.records] == ["transcript refused"]


async def test_a_late_holder_falls_silent(
    transcripts: FakeTranscripts, store: FakeStore, caplog: pytest.LogCaptureFixture
) -> None:
    await queued(store, "hello")
    mirror = TranscriptMirror(transcripts, lease_of(await claim_one(store, "one")))
    await mirror.append(SDK_KEY, LINES[:1])
    async with store.transaction() as records:
        claim = a_claim("two", now=LATER + timedelta(minutes=1))
        await records.turns.take_over(claim, limit=1)
    await mirror.append(SDK_KEY, LINES[1:2])
    await mirror.append(SDK_KEY, LINES[2:])
    await mirror.close(grace=1)

    assert await transcripts.load(KEY) == LINES[:1]
    assert [one.getMessage() for one in caplog.records] == ["transcript of another now"]


async def test_the_mirror_writes_on_for_a_holder_who_has_claimed_again_and_let_go(
    transcripts: FakeTranscripts, store: FakeStore
) -> None:
    """Claude Code stays warm through several claims of its worker."""
    await queued(store, "hello")
    mirror = TranscriptMirror(transcripts, lease_of(await claim_one(store, "one")))
    async with store.transaction() as records:
        claim = a_claim("one", now=LATER + timedelta(minutes=1))
        [again] = await records.turns.take_over(claim, limit=1)
    await mirror.append(SDK_KEY, LINES[:1])
    async with store.transaction() as records:
        await records.leases.release(lease_of(again))
    await mirror.append(SDK_KEY, LINES[1:])

    assert await transcripts.load(KEY) == LINES
