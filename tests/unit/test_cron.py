"""Cron expressions: what they name, and when that is, also where clocks are set."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator_core.cron import CronError, parse_cron
from orchestrator_core.scheduler import next_of_cron

TOKYO, BERLIN = ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Berlin")
SAO_PAULO = ZoneInfo("America/Sao_Paulo")


def times(expression: str, zone: ZoneInfo, start: str) -> Iterator[datetime]:
    now = datetime.fromisoformat(start).replace(tzinfo=zone)
    while (found := next_of_cron(parse_cron(expression), zone, now)) is not None:
        yield found
        now = found


def shown(expression: str, zone: ZoneInfo, start: str, n: int = 3) -> list[str]:
    found = times(expression, zone, start)
    return [f"{next(found).astimezone(zone):%a %m-%d %H:%M}" for _ in range(n)]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("0 9 * * *", ["Wed 07-01 09:00", "Thu 07-02 09:00", "Fri 07-03 09:00"]),
        ("0 9 * * 1-5", ["Wed 07-01 09:00", "Thu 07-02 09:00", "Fri 07-03 09:00"]),
        ("0 9 * * mon-fri", ["Wed 07-01 09:00", "Thu 07-02 09:00", "Fri 07-03 09:00"]),
        ("0 9 * * 0", ["Sun 07-05 09:00", "Sun 07-12 09:00", "Sun 07-19 09:00"]),
        ("0 9 * * 7", ["Sun 07-05 09:00", "Sun 07-12 09:00", "Sun 07-19 09:00"]),
        ("0 9 * * fri-sun", ["Fri 07-03 09:00", "Sat 07-04 09:00", "Sun 07-05 09:00"]),
        ("0 9 * * sun", ["Sun 07-05 09:00", "Sun 07-12 09:00", "Sun 07-19 09:00"]),
        ("30 18 1 * *", ["Wed 07-01 18:30", "Sat 08-01 18:30", "Tue 09-01 18:30"]),
        ("0 9 last * *", ["Fri 07-31 09:00", "Mon 08-31 09:00", "Wed 09-30 09:00"]),
        ("0 9 15,L * *", ["Wed 07-15 09:00", "Fri 07-31 09:00", "Sat 08-15 09:00"]),
        ("*/20 * * * *", ["Wed 07-01 00:20", "Wed 07-01 00:40", "Wed 07-01 01:00"]),
        ("0 8-18/5 * * *", ["Wed 07-01 08:00", "Wed 07-01 13:00", "Wed 07-01 18:00"]),
        ("0 9 1 jan *", ["Fri 01-01 09:00", "Sat 01-01 09:00", "Mon 01-01 09:00"]),
        # Either kind of day fits where both are limited.
        ("0 9 3 * mon", ["Fri 07-03 09:00", "Mon 07-06 09:00", "Mon 07-13 09:00"]),
    ],
)
def test_it_is_read_as_cron_reads_it(expression: str, expected: list[str]) -> None:
    assert shown(expression, TOKYO, "2026-07-01T00:00") == expected


@pytest.mark.parametrize(
    "expression",
    [
        *("", "0 9 * *", "0 9 * * * *", "60 9 * * *", "0 24 * * *", "0 9 0 * *", "0 9 32 * *"),
        *("0 9 * 13 *", "0 9 * * 8", "0 9 * * fri-mon", "5-1 9 * * *", "*/0 9 * * *", "a 9 * * *"),
        *("0 9 * foo *", "0 9 * * mo", "0 9 ? * *", "0,,5 9 * * *", "-1 9 * * *", "0 9 5# * *"),
        "0 ９ * * ²",
    ],
)
def test_what_is_none_is_refused(expression: str) -> None:
    with pytest.raises(CronError):
        parse_cron(expression)


@given(st.text(alphabet="0123456789*/-,lmonsu ", max_size=30))
def test_whatever_is_written_is_read_or_refused(expression: str) -> None:
    try:
        cron = parse_cron(expression)
    except CronError:
        return
    found = next_of_cron(cron, BERLIN, datetime(2026, 3, 28, tzinfo=UTC))

    assert found is None or found > datetime(2026, 3, 28, tzinfo=UTC)


def test_a_day_that_never_comes_is_not_looked_for_for_ever() -> None:
    assert list(times("0 0 30 2 *", TOKYO, "2026-01-01T00:00")) == []
    assert shown("0 0 29 2 *", TOKYO, "2096-03-01T00:00", 1) == ["Fri 02-29 00:00"]


def test_a_time_the_clocks_are_set_forward_over_comes_an_hour_later() -> None:
    assert shown("30 2 * * *", BERLIN, "2026-03-28T00:00") == [
        "Sat 03-28 02:30",
        "Sun 03-29 03:30",
        "Mon 03-30 02:30",
    ]


def test_no_day_is_lost_where_midnight_itself_is_skipped() -> None:
    assert shown("0 0 * * *", SAO_PAULO, "2018-11-03T12:00", 2) == [
        "Sun 11-04 01:00",
        "Mon 11-05 00:00",
    ]


def test_a_time_the_clocks_are_set_back_over_comes_once() -> None:
    found = times("30 2 * * *", BERLIN, "2026-10-24T12:00")

    assert next(found) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert next(found) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


def test_asked_in_the_hour_that_comes_twice_it_does_not_come_again() -> None:
    second_pass = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)
    found = next_of_cron(parse_cron("30 2 * * *"), BERLIN, second_pass)

    assert found == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize("start", ["2026-03-28T22:00", "2026-10-24T22:00"])
def test_what_goes_by_the_hour_comes_after_each_hour_that_goes_by(start: str) -> None:
    found = times("0 * * * *", BERLIN, start)
    moments = [next(found) for _ in range(8)]
    hours = {later - earlier for earlier, later in pairwise(moments)}

    assert hours == {timedelta(hours=1)}


@given(
    st.sampled_from(["0 9 * * *", "30 2 * * *", "0 0 1 * *", "15,45 1-3 * * 0", "*/30 * * * *"]),
    st.sampled_from([BERLIN, TOKYO, SAO_PAULO, ZoneInfo("Australia/Lord_Howe")]),
    st.integers(1_500_000_000, 1_900_000_000),
)
def test_the_next_time_is_later_and_the_same_from_any_moment_before_it(
    expression: str, zone: ZoneInfo, when: int
) -> None:
    now, cron = datetime.fromtimestamp(when, UTC), parse_cron(expression)
    found = next_of_cron(cron, zone, now)

    assert found is not None
    assert found > now
    assert next_of_cron(cron, zone, now + (found - now) / 2) == found


@pytest.mark.parametrize(
    ("expression", "minutes"),
    [
        ("0 9 * * *", 60),
        ("* * * * *", 1),
        ("*/5 * * * *", 5),
        ("0,58 9 * * *", 58),
        ("0,58 9,10 * * *", 2),
        ("0,58 0,23 * * *", 2),
    ],
)
def test_how_soon_the_next_time_may_come_is_known(expression: str, minutes: int) -> None:
    assert parse_cron(expression).shortest_minutes == minutes
