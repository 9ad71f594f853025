"""What every Costs promises."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest

from orchestrator_core.model import CostEntry
from orchestrator_core.ports import Store
from tests.fakes.clock import NOON

DAY = timedelta(days=1)


async def _spend(store: Store, *amounts: str, days_ago: int = 0) -> None:
    async with store.transaction() as records:
        for run, amount in enumerate(amounts, start=1):
            entry = _entry(amount, NOON - days_ago * DAY)
            await records.costs.add(replace(entry, turn_id=days_ago, run=run))


def _entry(amount: str, at: datetime) -> CostEntry:
    return CostEntry(
        session_id="a" * 32,
        turn_id=1,
        run=1,
        usd=Decimal(amount),
        usage={"claude-sonnet": {"input_tokens": 3}},
        created_at=at,
    )


async def test_with_nothing_spent_the_sum_is_zero(store: Store) -> None:
    async with store.read() as records:
        assert await records.costs.spent_since(NOON) == Decimal(0)


async def test_amounts_add_up_exactly(store: Store) -> None:
    await _spend(store, *(["0.1"] * 10), "0.000000001", "12345.678901234")

    async with store.read() as records:
        assert await records.costs.spent_since(NOON - DAY) == Decimal("12346.678901235")


async def test_only_what_was_spent_from_then_on_counts(store: Store) -> None:
    await _spend(store, "1", days_ago=2)
    await _spend(store, "2", days_ago=1)
    await _spend(store, "4")

    async with store.read() as records:
        assert await records.costs.spent_since(NOON - DAY) == Decimal(6)
        assert await records.costs.spent_since(NOON - DAY + timedelta(microseconds=1)) == 4


async def test_a_run_is_booked_once(store: Store) -> None:
    entry = _entry("1", NOON)
    async with store.transaction() as records:
        booked = [await records.costs.add(one) for one in (entry, entry, replace(entry, run=2))]

    assert booked == [True, False, True]
    async with store.read() as records:
        assert await records.costs.spent_since(NOON) == 2


async def test_a_run_is_booked_once_by_those_too_who_do_not_ask(store: Store) -> None:
    entry = _entry("1", NOON)
    async with store.transaction() as records:
        for one in (entry, entry, replace(entry, run=2)):
            await records.costs.book(one)
        assert await records.costs.spent_since(NOON) == 2
        assert not await records.costs.add(entry)


async def test_an_alert_is_given_once_per_window_and_percentage(store: Store) -> None:
    async with store.transaction() as records:
        asked = [("2030-01-01", 80), ("2030-01-01", 80), ("2030-01-01", 100), ("2030-01-02", 80)]
        answers = [await records.costs.first_alert(*one) for one in asked]

    assert answers == [True, False, True, True]


async def test_an_alert_that_was_rolled_back_was_not_given(store: Store) -> None:
    with pytest.raises(ZeroDivisionError):  # noqa: PT012 - the act is the transaction
        async with store.transaction() as records:
            await records.costs.first_alert("2030-01-01", 80)
            raise ZeroDivisionError

    async with store.transaction() as records:
        assert await records.costs.first_alert("2030-01-01", 80) is True


async def test_of_many_who_ask_at_once_one_gives_the_alert(store: Store) -> None:
    async def ask() -> bool:
        async with store.transaction() as records:
            return await records.costs.first_alert("2030-01-01", 80)

    answers = await asyncio.gather(*(ask() for _ in range(12)))
    assert answers.count(True) == 1


@pytest.mark.parametrize("hours", [9, -5])
async def test_a_day_may_begin_in_any_zone(store: Store, hours: int) -> None:
    """Spent just before the day began, and just after it."""
    start = NOON.astimezone(timezone(timedelta(hours=hours)))
    async with store.transaction() as records:
        await records.costs.add(_entry("1", NOON - timedelta(minutes=1)))
        later = _entry("2", NOON + timedelta(minutes=1))
        await records.costs.add(replace(later, run=2))

    async with store.read() as records:
        assert await records.costs.spent_since(start) == Decimal(2)
