"""The daily budget: its day, when prompts wait, and whom it tells."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from orchestrator_core.budgets import Budgets, Spender
from orchestrator_core.messages import Card
from orchestrator_core.model import Language
from tests.core import Core
from tests.fakes.clock import FakeClock
from tests.people import OTHER_OWNER, OWNER


def budget(zone: str = "Asia/Tokyo", limit: str | None = "10") -> Budgets:
    return Budgets(limit_usd=Decimal(limit) if limit else None, zone=ZoneInfo(zone))


SOMEBODY = Spender(session_id="s", agent="claude", person_id=OWNER)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


async def check(core: Core) -> list[Card]:
    """What the alarm says this time."""
    before = len(core.renderer.shown)
    async with core.store.transaction() as records:
        await core.alarm().check(records, core.clock.now())
    return [card for card in core.renderer.shown[before:] if isinstance(card, Card)]


@pytest.mark.parametrize(
    ("now", "start", "end"),
    [
        ("2030-01-01T14:59:59", "2029-12-31T15:00", "2030-01-01T15:00"),
        ("2030-01-01T15:00:00", "2030-01-01T15:00", "2030-01-02T15:00"),
    ],
)
def test_the_day_is_the_zone_s_own(now: str, start: str, end: str) -> None:
    [daily] = budget().every

    assert (daily.start(utc(now)), daily.end(utc(now))) == (utc(start), utc(end))


@pytest.mark.parametrize(
    ("zone", "now", "hours"),
    [
        ("Europe/Berlin", "2030-03-31T12:00", 23),
        ("Europe/Berlin", "2030-10-27T12:00", 25),
        ("America/Havana", "2026-11-01T12:00", 25),
    ],
)
def test_a_day_with_a_clock_change_is_as_long_as_it_is(zone: str, now: str, hours: int) -> None:
    [its] = budget(zone).every
    start, end = its.start(utc(now)), its.end(utc(now))

    assert end.astimezone(UTC) - start.astimezone(UTC) == timedelta(hours=hours)


def test_an_hour_that_comes_twice_belongs_to_one_day() -> None:
    """In Havana the clock goes back from one to midnight."""
    [its] = budget("America/Havana").every
    first, second = utc("2026-11-01T04:30"), utc("2026-11-01T05:30")

    assert its.start(second).astimezone(UTC) == its.start(first).astimezone(UTC)
    assert its.window(second, SOMEBODY) == its.window(first, SOMEBODY)


async def test_it_is_used_up_at_its_limit_and_not_before() -> None:
    core = Core(budget_usd=Decimal(10))
    await core.spend("9.999999")
    async with core.store.read() as records:
        before = await core.budget.used_up(records, core.clock.now())
    await core.spend("0.000001")
    async with core.store.read() as records:
        after = await core.budget.used_up(records, core.clock.now())

    assert (before, after) == (False, True)


async def test_a_new_day_begins_with_the_whole_budget() -> None:
    core = Core(budget_usd=Decimal(10), clock=FakeClock(utc("2030-01-01T14:59")))
    await core.spend("12")
    core.clock.advance(timedelta(minutes=1))

    async with core.store.read() as records:
        assert not await core.budget.used_up(records, core.clock.now())


async def test_without_a_limit_nothing_is_ever_used_up_or_told() -> None:
    core = Core()
    await core.spend("1000000")

    async with core.store.read() as records:
        assert not await core.budget.used_up(records, core.clock.now())
    assert await check(core) == []


async def test_owners_are_told_at_50_80_and_100_percent_once_each() -> None:
    core = Core(budget_usd=Decimal(10))
    told = []
    for usd in ("4.99", "0.01", "2.99", "0.01", "1", "1", "5"):
        await core.spend(usd)
        told.append([card.title for card in await check(core)])

    half, most = (f"{percent} % of today's budget is spent" for percent in (50, 80))
    assert told == [[], [half], [], [most], [], ["Today's budget is used up"], []]


async def test_a_leap_over_all_marks_is_one_message() -> None:
    core = Core(budget_usd=Decimal(10))
    await core.spend("11")

    assert [card.title for card in await check(core)] == ["Today's budget is used up"]
    assert await check(core) == []


async def test_the_next_day_tells_again() -> None:
    core = Core(budget_usd=Decimal(10))
    await core.spend("8")
    await check(core)
    core.clock.advance(timedelta(days=1))
    await core.spend("8")

    assert len(await check(core)) == 1


async def test_every_owner_is_told_at_home_in_their_language() -> None:
    core = Core(budget_usd=Decimal(10), owners=frozenset({OWNER, OTHER_OWNER}))
    await core.know(OTHER_OWNER, Language.JAPANESE)
    await core.spend("8.5")
    cards = await check(core)

    assert [mail.chat_id for mail in await core.deliveries()] == [OWNER, OTHER_OWNER]
    assert cards[0].summary == "80 % of today's budget: $8.50 of $10.00"
    assert "予算" in cards[1].summary
    assert [fact.value for fact in cards[1].facts] == ["$8.50", "$10.00"]
