"""`[budgets]` of `denrei.toml`."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from bot.config_file import Config
from orchestrator_core.budgets import AtLimit, Budget, Scope, Span

TOKYO = ZoneInfo("Asia/Tokyo")


def config(text: str) -> Config:
    return Config.model_validate(tomllib.loads(text))


def test_the_daily_one_may_stand_alone() -> None:
    budgets = config("[budgets]\ndaily_usd = 7.5").budgets

    assert budgets.budgets(daily_usd=None, zone=TOKYO).limit_usd == Decimal("7.5")
    assert budgets.budgets(daily_usd=Decimal(3), zone=TOKYO).limit_usd == 3


def test_a_named_one_is_of_everybody_for_a_day_and_pauses_unless_it_says_otherwise() -> None:
    found = config("[budgets.all-in]\nusd = 20").budgets.budgets(daily_usd=None, zone=TOKYO)

    assert found.every == (Budget(name="all-in", usd=Decimal(20), zone=TOKYO),)


def test_everything_about_it_can_be_said() -> None:
    tables = config(
        """
        [budgets.reviews]
        usd = 0.1
        of = "agent"
        only = ["Reviewer"]
        per = "month"
        at_limit = "stop"
        timezone = "Europe/Berlin"
        """
    ).budgets

    assert tables.budgets(daily_usd=None, zone=TOKYO).others == (
        Budget(
            name="reviews",
            usd=Decimal("0.1"),
            zone=ZoneInfo("Europe/Berlin"),
            scope=Scope.AGENT,
            span=Span.MONTH,
            at_limit=AtLimit.STOP,
            only=frozenset({"reviewer"}),
        ),
    )
    assert tables.strangers(frozenset({"reviewer"})) == []
    assert tables.strangers(frozenset({"claude"})) == [
        (("budgets", "reviews", "only"), "there is no agent 'Reviewer'")
    ]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[budgets.x]\nusd = 0", ("budgets", "x", "usd")),
        ("[budgets.x]\nof = 'all'", ("budgets", "x", "usd")),
        ("[budgets.x]\nusd = 1\nof = 'team'", ("budgets", "x", "of")),
        ("[budgets.x]\nusd = 1\nper = 'week'", ("budgets", "x", "per")),
        ("[budgets.x]\nusd = 1\nlimit = 2", ("budgets", "x", "limit")),
        ("[budgets.x]\nusd = 1\nonly = ['a']", ("budgets", "x")),
        ("[budgets.x]\nusd = 1\ntimezone = 'Mars'", ("budgets", "x", "timezone")),
        ("[budgets.daily]\nusd = 1", ("budgets",)),
        ("[budgets.Big]\nusd = 1", ("budgets",)),
        (f"[budgets.{'x' * 25}]\nusd = 1", ("budgets",)),
        ("[budgets]\ndaily = 1", ("budgets", "daily")),
        ("[budgets]\ndaily_usd = 0", ("budgets", "daily_usd")),
    ],
)
def test_a_fault_is_named_where_it_stands(text: str, place: tuple[str, ...]) -> None:
    with pytest.raises(ValidationError) as caught:
        config(text)

    assert [fault["loc"] for fault in caught.value.errors()] == [place]
