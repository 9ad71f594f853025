"""What every Quotas promises."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from orchestrator_core.model import QuotaCount, ReplyToken, TurnState
from orchestrator_core.ports import Store
from orchestrator_core.quota import charged
from tests.fakes.clock import NOON
from tests.samples import a_turn, add_session

JANUARY = QuotaCount(
    month="2030-01", limit=200, told=7, told_at=NOON, counted=9, counted_when_told=5
)
SECOND = timedelta(seconds=1)


async def save(store: Store, count: QuotaCount) -> None:
    async with store.transaction() as records:
        await records.quotas.lock(count.month)
        await records.quotas.save(count)


async def get(store: Store, month: str) -> QuotaCount:
    async with store.read() as records:
        return await records.quotas.get(month)


async def test_of_a_first_month_nothing_is_known(store: Store) -> None:
    assert await get(store, "2030-01") == QuotaCount(month="2030-01")


@pytest.mark.parametrize(
    "count", [JANUARY, replace(JANUARY, limit=None, told_at=None), replace(JANUARY, limit=0)]
)
async def test_what_is_saved_comes_back(store: Store, count: QuotaCount) -> None:
    await save(store, count)

    assert await get(store, "2030-01") == count


async def test_a_new_month_begins_with_the_limit_of_the_last_one(store: Store) -> None:
    await save(store, JANUARY)
    february = QuotaCount(month="2030-02", limit=200)

    assert await get(store, "2030-02") == february
    assert await get(store, "2029-12") == QuotaCount(month="2029-12")
    async with store.transaction() as records:
        assert await records.quotas.lock("2030-02") == february
    await save(store, replace(february, told=1))
    assert await get(store, "2030-01") == JANUARY


async def test_what_is_counted_at_once_is_counted_whole(store: Store) -> None:
    async def push() -> None:
        async with store.transaction() as records:
            count = await records.quotas.lock("2030-01")
            await asyncio.sleep(0)
            await records.quotas.save(charged(count, 1))

    await asyncio.gather(*(push() for _ in range(12)))

    assert (await get(store, "2030-01")).counted == 12


async def test_a_count_of_a_transaction_that_failed_is_not_kept(store: Store) -> None:
    with pytest.raises(ZeroDivisionError):  # noqa: PT012 - the act is the transaction
        async with store.transaction() as records:
            count = await records.quotas.lock("2030-01")
            await records.quotas.save(charged(count, 5))
            raise ZeroDivisionError

    assert (await get(store, "2030-01")).counted == 0


async def ask(
    store: Store, ends_in: timedelta | None, state: TurnState = TurnState.QUEUED
) -> tuple[str, int]:
    token = ReplyToken(value="t", expires_at=NOON + ends_in) if ends_in is not None else None
    async with store.transaction() as records:
        session = await add_session(records)
        turn, _ = await records.turns.enqueue(a_turn(session))
        await records.turns.save(replace(turn, state=state, reply_token=token))
    return session.id, turn.id


async def ending(store: Store, *, limit: int = 9) -> list[tuple[str, int]]:
    async with store.read() as records:
        return await records.quotas.tokens_ending(NOON, NOON + 6 * SECOND, limit=limit)


async def test_turns_at_work_whose_token_is_about_to_end_are_found(store: Store) -> None:
    found = [
        await ask(store, SECOND),
        await ask(store, 6 * SECOND, TurnState.RUNNING),
    ]
    for ends_in in (timedelta(0), -SECOND, 7 * SECOND, None):
        await ask(store, ends_in)
    for state in (TurnState.HELD, TurnState.DONE, TurnState.STOPPED):
        await ask(store, SECOND, state)

    assert await ending(store) == sorted(found)
    assert await ending(store, limit=1) == sorted(found)[:1]
