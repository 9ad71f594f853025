"""The calls seen in Claude Code's stream, and what they cost."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from orchestrator_core.claude_costs import CostReport, shared_out
from orchestrator_core.claude_counting import Counting, counter_home, tells_usage
from orchestrator_core.model import Counter, ModelCost, Spent, Tokens
from orchestrator_core.prices import list_price, price_at_rate


def start(call_id: str, tokens: int, model: str = "opus") -> dict[str, Any]:
    usage = {"input_tokens": tokens, "output_tokens": 1, "cache_read_input_tokens": None}
    return {"type": "message_start", "message": {"id": call_id, "model": model, "usage": usage}}


def delta(output: int) -> dict[str, Any]:
    return {"type": "message_delta", "usage": {"output_tokens": output}}


def counting() -> Counting:
    return Counting(home="here", reported_usd=Decimal("0.5"))


def test_a_call_is_seen_when_it_begins_and_when_it_has_ended() -> None:
    its = counting()
    seen = [*its.streamed(start("m1", 10), None), *its.streamed(delta(300), None)]

    assert [(one.call_id, one.model, one.tokens) for one in seen] == [
        ("m1", "opus", Tokens(input=10, output=1)),
        ("m1", "opus", Tokens(input=10, output=300)),
    ]
    assert {one.counter for one in seen} == {Counter(usd=Decimal("0.5"), home="here")}


@pytest.mark.parametrize(
    ("reason", "parent", "goes_on"),
    [
        ("tool_use", None, True),
        ("pause_turn", None, True),
        ("end_turn", None, False),
        ("max_tokens", None, False),
        ("end_turn", "tool-1", True),
        (None, "tool-1", False),
    ],
)
def test_a_call_that_is_over_tells_whether_another_is_to_follow(
    reason: str | None, parent: str | None, goes_on: bool
) -> None:
    its = counting()
    end = {**delta(9), "delta": {"stop_reason": reason}}
    seen = [*its.streamed(start("m1", 10), parent), *its.streamed(end, parent)]

    assert [one.goes_on for one in seen] == [False, goes_on]


def test_a_call_is_known_to_be_over_though_it_grew_no_more() -> None:
    its = counting()
    end = {**delta(1), "delta": {"stop_reason": "tool_use"}}
    seen = [*its.streamed(start("m1", 10), None), *its.streamed(end, None)]

    assert [one.goes_on for one in seen] == [False, True]


def test_what_was_told_before_is_not_told_again() -> None:
    its = counting()
    usage = {"input_tokens": 10, "output_tokens": 1}
    first = [*its.streamed(start("m1", 10), None)]
    again = [*its.spoken("m1", "opus", usage), *its.streamed(delta(1), None)]

    assert (len(first), again) == (1, [])


def test_a_call_of_a_subagent_is_another_one_even_when_the_two_are_mixed() -> None:
    its = counting()
    seen = [
        *its.streamed(start("m1", 10), None),
        *its.streamed(start("m2", 20, "haiku"), "tool-1"),
        *its.streamed(delta(5), None),
        *its.streamed(delta(7), "tool-1"),
    ]

    last = {one.call_id: (one.model, one.tokens.output) for one in seen}
    assert last == {"m1": ("opus", 5), "m2": ("haiku", 7)}


@pytest.mark.parametrize(
    ("call_id", "usage"), [(None, {"input_tokens": 5}), ("m1", None), ("m1", {"input_tokens": 0})]
)
def test_what_says_nothing_of_a_call_is_none(call_id: str | None, usage: object) -> None:
    assert [*counting().spoken(call_id, "<synthetic>", usage)] == []


def test_only_what_tells_of_usage_is_worth_keeping() -> None:
    kinds = ["message_start", "message_delta", "content_block_delta", "message_stop", "ping"]

    assert [tells_usage({"type": kind}) for kind in kinds] == [True, True, False, False, False]


def test_it_counts_from_where_the_process_says_it_stands_and_tells_that_once() -> None:
    its = counting()
    its.begin({"session": {"total_cost_usd": 0.75, "model_usage": {"opus": {"costUSD": 0.75}}}})
    begun = [[*its.beginning()] for _ in range(2)]
    its.read(
        CostReport(
            total_usd=1.0,
            usage={"input_tokens": 1},
            model_usage={"opus": {"costUSD": 0.9}, "haiku": {"costUSD": 0.1, "inputTokens": 9}},
        )
    )
    cost = its.take()

    assert [one.counter.usd for one in begun[0]] == [Decimal("0.75")]
    assert begun[1] == []
    assert cost.usd == Decimal("0.25")
    assert {part.model: part.usd for part in cost.by_model} == {
        "opus": Decimal("0.15"),
        "haiku": Decimal("0.1"),
    }


def test_each_installation_has_a_counter_of_its_own() -> None:
    assert counter_home("/a") == counter_home("/a") != counter_home("/b")


@pytest.mark.parametrize(
    ("parts", "shares"),
    [
        ([], {"unknown": "1"}),
        ([("a", "3")], {"a": "1"}),
        ([("a", "1.5"), ("b", "0.5")], {"a": "0.75", "b": "0.25"}),
        ([("a", "0.6"), ("b", "0.4"), ("c", "0")], {"a": "0.6", "b": "0.4"}),
        ([("a", "1"), ("b", "1"), ("c", "1")], None),
    ],
)
def test_the_models_always_add_up_to_the_whole(
    parts: list[tuple[str, str]], shares: dict[str, str] | None
) -> None:
    found = shared_out(Decimal(1), [ModelCost(model=m, usd=Decimal(usd)) for m, usd in parts])

    assert sum(part.usd for part in found) == 1
    if shares is not None:
        assert {part.model: part.usd for part in found} == {
            model: Decimal(usd) for model, usd in shares.items()
        }


def test_tokens_out_of_the_cache_are_cheaper_and_those_into_it_dearer() -> None:
    kinds = ["cache_read", "input", "cache_write", "output"]
    prices = [list_price("claude-sonnet-4-5", Tokens(**{kind: 10**6})) for kind in kinds]
    known = [price for price in prices if price is not None]

    assert len(known) == len(kinds)
    assert known == sorted(known)


def test_a_model_nobody_lists_has_the_rate_it_had_before() -> None:
    rate = Spent(key="new", usd=Decimal("0.3"), tokens=Tokens(input=500, output=100))

    assert list_price("new", Tokens(input=1)) is None
    assert price_at_rate(Tokens(output=200), rate) == Decimal("0.3")
    assert price_at_rate(Tokens(output=200), Spent(key="new", usd=Decimal(1))) is None
