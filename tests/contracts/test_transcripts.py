"""What every Transcripts promises."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from claude_agent_sdk.testing import run_session_store_conformance

from orchestrator_core.claude_transcripts import TranscriptMirror
from orchestrator_core.errors import LeaseLostError
from orchestrator_core.model import JsonObject, Lease
from orchestrator_core.ports import Store, TranscriptKey, Transcripts
from storage.store import SqlStore
from storage.transcripts import SqlTranscripts
from tests.claims import LATER, a_claim, claim_one, lease_of, queued
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.transcripts import FakeTranscripts

KEY = TranscriptKey(project="-w", conversation="c1")
SUBAGENT = replace(KEY, subpath="subagents/agent-1")
OTHER = TranscriptKey(project="-w", conversation="c2")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def transcripts(store: Store, clock: FakeClock) -> Transcripts:
    if isinstance(store, SqlStore):
        return SqlTranscripts(store, clock)
    return FakeTranscripts(store, clock)


def line(number: int, *, uuid: str | None = None) -> JsonObject:
    return {"type": "user", "uuid": uuid or f"u{number}", "number": number}


def unnamed(number: int) -> JsonObject:
    return {"type": "mode", "number": number}


async def _taken_over(store: Store, owner: str) -> Lease:
    """The session that is held, after its lease has run out."""
    claim = a_claim(owner, now=LATER + timedelta(minutes=1))
    async with store.transaction() as records:
        [claimed] = await records.turns.take_over(claim, limit=1)
    return lease_of(claimed)


async def test_the_sdk_s_own_suite_is_passed(transcripts: Transcripts, clock: FakeClock) -> None:
    async def empty() -> TranscriptMirror:
        clock.advance(timedelta(seconds=1))
        await transcripts.delete_before(clock.now(), limit=1000)
        return TranscriptMirror(transcripts, None)

    await run_session_store_conformance(empty)  # type: ignore[arg-type]  # shaped so


async def test_lines_come_back_as_they_were_and_in_order(transcripts: Transcripts) -> None:
    lines = [line(2), unnamed(1), line(1), unnamed(1)]
    await transcripts.append(KEY, lines[:1])
    await transcripts.append(KEY, lines[1:])
    await transcripts.append(SUBAGENT, [line(3)])

    assert await transcripts.load(KEY) == lines
    assert await transcripts.load(SUBAGENT) == [line(3)]
    assert await transcripts.load(OTHER) == []


async def test_a_line_that_is_there_already_is_passed_over(transcripts: Transcripts) -> None:
    await transcripts.append(KEY, [line(1), line(2)])
    await transcripts.append(KEY, [line(2), line(3), line(3)])
    await transcripts.append(SUBAGENT, [line(2)])

    assert await transcripts.load(KEY) == [line(1), line(2), line(3)]
    assert await transcripts.load(SUBAGENT) == [line(2)]


async def test_text_that_databases_do_not_take_is_kept(transcripts: Transcripts) -> None:
    odd: JsonObject = {
        "uuid": "u1",
        "text": "水 \0 \ud800 \u2028 🏃",
        "key \0": [None, True, 1.5, 10**20, {"deep": []}],
    }
    nameless: JsonObject = {"uuid": 7}
    long: JsonObject = {"uuid": "u" * 65, "n": 1}
    strange: JsonObject = {"uuid": "\ud800", "n": 1}
    await transcripts.append(KEY, [odd, nameless, long, strange])

    assert await transcripts.load(KEY) == [odd, nameless, long, strange]


async def test_lines_of_megabytes_and_thousands_of_lines_are_kept(
    transcripts: Transcripts,
) -> None:
    big: JsonObject = {"uuid": "big", "image": "x" * 8_000_000}
    many = [line(number) for number in range(1234)]
    await transcripts.append(KEY, [big, *many])

    assert await transcripts.load(KEY) == [big, *many]


@pytest.mark.parametrize("name", ["project", "conversation", "subpath"])
async def test_a_key_too_long_to_be_kept_is_refused(transcripts: Transcripts, name: str) -> None:
    with pytest.raises(ValueError, match="long"):
        await transcripts.append(replace(KEY, **{name: "x" * 256}), [line(1)])


async def test_the_tail_begins_with_the_last_line_that_has_a_name(
    transcripts: Transcripts,
) -> None:
    never_written = await transcripts.tail(KEY)
    await transcripts.append(KEY, [unnamed(1), unnamed(2)])
    without_names = await transcripts.tail(KEY)
    await transcripts.append(KEY, [line(1), unnamed(3), line(2), unnamed(4), unnamed(5)])
    await transcripts.append(SUBAGENT, [line(9)])

    assert never_written == []
    assert without_names == [unnamed(1), unnamed(2)]
    assert await transcripts.tail(KEY) == [line(2), unnamed(4), unnamed(5)]


async def test_the_holder_writes_and_is_told_the_lease_of_its_latest_claim(
    transcripts: Transcripts, store: Store
) -> None:
    await queued(store, "hello")
    first = lease_of(await claim_one(store))
    assert await transcripts.append(KEY, [line(1)], lease=first) is not None
    second = await _taken_over(store, first.owner)
    now = await transcripts.append(KEY, [line(2)], lease=first)
    async with store.transaction() as records:
        await records.leases.release(second)
    after_release = await transcripts.append(KEY, [line(3)], lease=now)

    assert now is not None and now.fence == second.fence > first.fence
    assert after_release is not None and after_release.fence == second.fence
    assert await transcripts.load(KEY) == [line(1), line(2), line(3)]


async def test_nothing_is_kept_of_a_holder_who_comes_too_late(
    transcripts: Transcripts, store: Store
) -> None:
    await queued(store, "hello")
    late = lease_of(await claim_one(store))
    await transcripts.append(KEY, [line(1)], lease=late)
    other = await _taken_over(store, "b")
    with pytest.raises(LeaseLostError):
        await transcripts.append(KEY, [line(2)], lease=late)
    async with store.transaction() as records:
        await records.leases.release(other)
    with pytest.raises(LeaseLostError):
        await transcripts.append(KEY, [line(2)], lease=late)

    assert await transcripts.load(KEY) == [line(1)]


async def test_a_whole_conversation_is_deleted_or_one_subagent_s_lines(
    transcripts: Transcripts,
) -> None:
    second = replace(KEY, subpath="subagents/agent-2")
    for key in (KEY, SUBAGENT, second, OTHER):
        await transcripts.append(key, [line(1)])
    await transcripts.delete(SUBAGENT)
    one_less = await transcripts.subpaths(KEY)
    await transcripts.delete(KEY)

    assert one_less == ["subagents/agent-2"]
    assert await transcripts.subpaths(KEY) == []
    assert await transcripts.load(KEY) == []
    assert await transcripts.load(OTHER) == [line(1)]


async def test_the_conversations_of_a_workspace_are_told_with_their_last_change(
    transcripts: Transcripts, clock: FakeClock
) -> None:
    await transcripts.append(KEY, [line(1)])
    clock.advance(timedelta(hours=1))
    await transcripts.append(OTHER, [line(1)])
    await transcripts.append(replace(OTHER, project="-elsewhere"), [line(1)])

    found = {one.id: one.changed_at for one in await transcripts.conversations("-w")}
    assert found == {"c1": NOON, "c2": NOON + timedelta(hours=1)}


async def test_conversations_go_whole_once_nothing_was_added_for_long(
    transcripts: Transcripts, clock: FakeClock
) -> None:
    third = TranscriptKey(project="-w", conversation="c3")
    for key in (KEY, SUBAGENT, OTHER, third):
        await transcripts.append(key, [line(1)])
    clock.advance(timedelta(days=2))
    await transcripts.append(replace(OTHER, subpath="subagents/agent-1"), [line(2)])
    await transcripts.append(third, [line(2)])

    assert await transcripts.delete_before(NOON, limit=9) == 0
    assert await transcripts.delete_before(NOON + timedelta(days=1), limit=9) == 1
    assert await transcripts.load(KEY) == await transcripts.load(SUBAGENT) == []
    assert await transcripts.load(OTHER) == [line(1)]
    assert await transcripts.load(third) == [line(1), line(2)]


async def test_no_more_conversations_go_at_once_than_was_said(
    transcripts: Transcripts, clock: FakeClock
) -> None:
    for number in range(5):
        await transcripts.append(replace(KEY, conversation=f"c{number}"), [line(1), line(2)])
    clock.advance(timedelta(days=2))

    went = [await transcripts.delete_before(clock.now(), limit=2) for _ in range(4)]
    assert went == [2, 2, 1, 0]
    assert await transcripts.conversations("-w") == []
