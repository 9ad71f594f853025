"""`[rate_limits]` of denrei.toml."""

from __future__ import annotations

import pytest
from limits import parse_many
from pydantic import ValidationError

from bot.api.limits import Rates
from bot.config_file import Config
from bot.config_rate_limits import RateLimits
from orchestrator_core.ports import ChatRates


def test_without_the_section_the_usual_rates_hold() -> None:
    limits = Config().rate_limits

    assert limits.in_chats() == ChatRates()
    assert limits.over_http() == Rates()


def test_each_key_reaches_what_it_limits() -> None:
    given = {name: f"{number}/day" for number, name in enumerate(RateLimits.model_fields, 1)}
    limits = Config.model_validate({"rate_limits": given}).rate_limits
    chats, http = limits.in_chats(), limits.over_http()

    assert given == {
        "prompts_per_person": chats.prompts_per_person,
        "prompts_per_chat": chats.prompts_per_chat,
        "commands_per_person": chats.commands_per_person,
        "commands_per_chat": chats.commands_per_chat,
        "api_reads": http.reads,
        "api_writes": http.writes,
        "wrong_tokens": http.wrong_tokens,
        "unsigned": http.unsigned,
    }


def test_several_rates_may_be_given_with_any_space_between() -> None:
    limits = RateLimits(prompts_per_person=" 1/second ;20/minute;  300/hour")

    assert limits.prompts_per_person == "1/second; 20/minute; 300/hour"
    assert len(parse_many(limits.prompts_per_person)) == 3


@pytest.mark.parametrize(
    "rate",
    ["", "0/minute", "many", "5", "5/minutes", "-1/day", "5/minute;", "5 per minute", "٥/day"],
)
def test_what_is_no_rate_is_named(rate: str) -> None:
    with pytest.raises(ValidationError, match="is no rate"):
        RateLimits(api_reads=rate)


def test_an_unknown_key_is_named() -> None:
    with pytest.raises(ValidationError, match="prompts_per_hour"):
        Config.model_validate({"rate_limits": {"prompts_per_hour": "5/hour"}})
