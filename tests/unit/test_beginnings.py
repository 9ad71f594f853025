"""Runs that reach the model at about the same time."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from orchestrator_core.beginnings import Beginnings
from orchestrator_core.errors import LeaseLostError
from orchestrator_core.ports import Claimed
from tests.claims import claim_one, lease_of, queued
from tests.fakes.store import FakeStore
from tests.fakes.wakeups import FakeWakeups

PATIENCE = 5


@pytest.fixture
def store() -> FakeStore:
    return FakeStore(FakeWakeups())


async def _running(store: FakeStore, count: int) -> list[Claimed]:
    for number in range(count):
        await queued(store, f"prompt {number}")
    claims = [await claim_one(store, "one") for _ in range(count)]
    return [claim for claim in claims if claim is not None]


async def _reached(store: FakeStore, claims: list[Claimed]) -> list[bool]:
    async with store.transaction() as records:
        return [(await records.turns.lock(one.turn.id)).reached_model for one in claims]


async def test_each_learns_of_its_own_turn_whether_it_may_begin(store: FakeStore) -> None:
    claims = await _running(store, 4)
    beginnings = Beginnings(store)
    async with store.transaction() as records:
        await records.turns.save(replace(claims[1].turn, stop_requested=True))
    leases = [lease_of(one) for one in claims]
    leases[2] = replace(leases[2], fence=leases[2].fence - 1)

    async with asyncio.timeout(PATIENCE):
        begun = await asyncio.gather(
            *(
                beginnings.begin(one.turn.id, lease)
                for one, lease in zip(claims, leases, strict=True)
            ),
            return_exceptions=True,
        )

    assert begun[0] is begun[3] is True
    assert begun[1] is False
    assert isinstance(begun[2], LeaseLostError)
    assert await _reached(store, claims) == [True, False, False, True]


async def test_one_that_comes_while_others_are_noted_is_noted_after_them(
    store: FakeStore,
) -> None:
    claims = await _running(store, 2)
    beginnings = Beginnings(store)

    async with asyncio.timeout(PATIENCE):
        async with store.transaction():
            first = asyncio.create_task(beginnings.begin(claims[0].turn.id, lease_of(claims[0])))
            await asyncio.wait([first], timeout=0)
            second = asyncio.create_task(beginnings.begin(claims[1].turn.id, lease_of(claims[1])))
            await asyncio.wait([second], timeout=0)
        assert all(await asyncio.gather(first, second))


async def test_a_fault_is_told_to_all_who_wait_and_the_next_may_try(store: FakeStore) -> None:
    claims = await _running(store, 2)
    beginnings = Beginnings(store)
    store.error = ConnectionError("away")
    begin = [beginnings.begin(one.turn.id, lease_of(one)) for one in claims]
    async with asyncio.timeout(PATIENCE):
        found = await asyncio.gather(*begin, return_exceptions=True)
        assert [type(one) for one in found] == [ConnectionError, ConnectionError]

        store.error = None
        assert await beginnings.begin(claims[0].turn.id, lease_of(claims[0]))
    assert await _reached(store, claims) == [True, False]


async def test_a_run_that_is_cancelled_leaves_the_others_theirs(store: FakeStore) -> None:
    claims = await _running(store, 2)
    beginnings = Beginnings(store)
    async with asyncio.timeout(PATIENCE):
        async with store.transaction():
            tasks = [
                asyncio.create_task(beginnings.begin(one.turn.id, lease_of(one))) for one in claims
            ]
            await asyncio.wait(tasks, timeout=0)
            tasks[0].cancel()
            await asyncio.wait([tasks[0]])
        assert await tasks[1]
    assert tasks[0].cancelled()
