"""What every Turns promises."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from orchestrator_core.errors import NotFoundError
from orchestrator_core.model import (
    Choice,
    ReplyToken,
    SessionState,
    Turn,
    TurnState,
)
from orchestrator_core.ports import Store
from tests.claims import LATER, a_claim, claim_one, queued
from tests.fakes.clock import NOON
from tests.samples import a_turn, add_session


async def _claim(store: Store) -> Turn | None:
    claimed = await claim_one(store)
    return claimed.turn if claimed else None


async def _end(store: Store, turn: Turn, state: SessionState = SessionState.IDLE) -> None:
    async with store.transaction() as records:
        session = await records.sessions.lock(turn.session_id)
        await records.sessions.save(replace(session, state=state))
        await records.turns.save(replace(turn, state=TurnState.DONE, finished_at=LATER))


async def test_with_nothing_queued_nothing_is_claimed(store: Store) -> None:
    await queued(store)

    assert await _claim(store) is None


async def test_a_claimed_turn_and_its_session_run(store: Store) -> None:
    session, (turn,) = await queued(store, "hello")

    claimed = await _claim(store)

    assert claimed == replace(turn, state=TurnState.RUNNING, started_at=LATER, runs=1)
    async with store.read() as records:
        running = await records.sessions.get(session.id)
        assert await records.turns.running() == [claimed]
    assert running is not None
    assert (running.state, running.updated_at) == (SessionState.RUNNING, LATER)


async def test_turns_of_a_session_run_one_after_the_other_in_order(store: Store) -> None:
    _, turns = await queued(store, "one", "two", "three")

    ran = []
    while (claimed := await _claim(store)) is not None:
        ran.append(claimed.id)
        assert await _claim(store) is None
        await _end(store, claimed)
    assert ran == [turn.id for turn in turns]


async def test_the_oldest_turn_of_all_sessions_comes_first(store: Store) -> None:
    _, first = await queued(store, "one", "two")
    _, second = await queued(store, "three")

    claimed = [await _claim(store), await _claim(store), await _claim(store)]
    assert [turn and turn.id for turn in claimed] == [first[0].id, second[0].id, None]


async def test_a_stopped_session_starts_nothing(store: Store) -> None:
    session, _ = await queued(store, "hello")
    async with store.transaction() as records:
        await records.sessions.save(replace(session, state=SessionState.STOPPED))

    assert await _claim(store) is None


async def test_a_session_taken_up_again_waits_for_its_running_turn(store: Store) -> None:
    session, _ = await queued(store, "one", "two")
    await _claim(store)
    async with store.transaction() as records:
        await records.sessions.save(replace(session, state=SessionState.IDLE))

    assert await _claim(store) is None


async def test_a_held_turn_waits_until_it_is_queued(store: Store) -> None:
    async with store.transaction() as records:
        session = await add_session(records)
        held, _ = await records.turns.enqueue(a_turn(session))
        held = replace(held, state=TurnState.HELD)
        await records.turns.save(held)
    before = await _claim(store)
    async with store.transaction() as records:
        await records.turns.save(replace(held, state=TurnState.QUEUED))
    after = await _claim(store)

    assert before is None
    assert after is not None and after.id == held.id


async def test_a_turn_begun_again_counts_its_runs(store: Store) -> None:
    await queued(store, "hello")
    first = await _claim(store)
    assert first is not None
    async with store.transaction() as records:
        await records.turns.save(replace(first, state=TurnState.QUEUED))

    second = await _claim(store)
    assert second is not None and second.runs == 2


async def test_several_are_claimed_at_once_one_of_each_session(store: Store) -> None:
    _, first = await queued(store, "one", "two")
    _, second = await queued(store, "three")
    async with store.transaction() as records:
        claimed = await records.turns.claim(a_claim(), limit=5)
        more = await records.turns.claim(a_claim(), limit=5)

    assert [(turn.id, turn.session_id == session.id) for turn, session in claimed] == [
        (first[0].id, True),
        (second[0].id, True),
    ]
    assert more == []


async def test_no_more_are_claimed_than_asked_for(store: Store) -> None:
    for _ in range(3):
        await queued(store, "hello")
    async with store.transaction() as records:
        claimed = await records.turns.claim(a_claim(), limit=2)

    assert len(claimed) == 2


async def test_a_claim_that_is_rolled_back_leaves_the_turn_for_others(store: Store) -> None:
    _, (turn,) = await queued(store, "hello")
    with pytest.raises(ZeroDivisionError):  # noqa: PT012 - the act is the transaction
        async with store.transaction() as records:
            await records.turns.claim(a_claim(), limit=1)
            raise ZeroDivisionError

    claimed = await _claim(store)
    assert claimed is not None and (claimed.id, claimed.runs) == (turn.id, 1)


async def test_of_many_claims_at_once_none_gets_a_session_twice(store: Store) -> None:
    sessions = [await queued(store, "one", "two", "three") for _ in range(8)]

    first_turns = {turns[0].id for _, turns in sessions}
    claimed = await asyncio.gather(*(_claim(store) for _ in range(20)))
    # One that found a session just being claimed may have gone home empty-handed.
    while (more := await _claim(store)) is not None:
        claimed.append(more)
    ids = [turn.id for turn in claimed if turn]
    assert sorted(ids) == sorted(first_turns)


async def test_many_workers_run_every_turn_once_and_each_session_in_order(store: Store) -> None:
    sessions = [await queued(store, *"abcde") for _ in range(4)]
    ran: list[Turn] = []
    busy: set[str] = set()

    async def work() -> None:
        while len(ran) < 20:
            turn = await _claim(store)
            if turn is None:
                continue
            assert turn.session_id not in busy
            busy.add(turn.session_id)
            ran.append(turn)
            busy.remove(turn.session_id)
            await _end(store, turn)

    async with asyncio.timeout(30):
        await asyncio.gather(*(work() for _ in range(6)))

    for session, turns in sessions:
        assert [t.id for t in ran if t.session_id == session.id] == [t.id for t in turns]


async def test_open_turns_are_the_queued_held_and_running_in_order(store: Store) -> None:
    session, turns = await queued(store, "one", "two", "three", "four")
    await queued(store, "of another")
    await _claim(store)
    async with store.transaction() as records:
        await records.turns.save(replace(turns[1], state=TurnState.HELD))
        await records.turns.save(replace(turns[2], state=TurnState.STOPPED))

    async with store.read() as records:
        states = [(turn.id, turn.state) for turn in await records.turns.open_of(session.id)]
    assert states == [
        (turns[0].id, TurnState.RUNNING),
        (turns[1].id, TurnState.HELD),
        (turns[3].id, TurnState.QUEUED),
    ]


async def test_everything_that_changes_is_saved(store: Store) -> None:
    _, (turn,) = await queued(store, "hello")
    changed = replace(
        turn,
        state=TurnState.INTERRUPTED,
        reply_token=ReplyToken(value="t", expires_at=LATER),
        started_at=NOON,
        finished_at=LATER,
        runs=3,
        reached_model=True,
        stop_requested=True,
        choice=Choice.AGAIN,
    )
    async with store.transaction() as records:
        await records.turns.save(changed)

    async with store.transaction() as records:
        assert await records.turns.lock(turn.id) == changed


async def test_what_it_was_added_with_stays(store: Store) -> None:
    _, (turn,) = await queued(store, "hello")
    other = replace(
        turn,
        session_id="b" * 32,
        prompt="another",
        created_at=LATER,
        chat=None,
        person_id=None,
        idempotency_key="another",
    )
    async with store.transaction() as records:
        await records.turns.save(other)

    async with store.transaction() as records:
        assert await records.turns.lock(turn.id) == turn


async def test_an_unknown_turn_cannot_be_locked(store: Store) -> None:
    async with store.transaction() as records:
        with pytest.raises(NotFoundError):
            await records.turns.lock(99)


async def test_a_session_is_busy_while_it_has_an_open_turn(store: Store) -> None:
    busy, _ = await queued(store, "one", "two")
    done, [turn] = await queued(store, "over")
    async with store.transaction() as records:
        await records.turns.save(replace(turn, state=TurnState.DONE))

    async with store.read() as records:
        assert await records.turns.busy_sessions() == [busy.id]
    assert done.id != busy.id
