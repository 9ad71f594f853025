"""A turn's cost out of running totals that may have started again."""

from __future__ import annotations

from decimal import Decimal

import pytest

from orchestrator_core.claude_costs import CostMeter, CostReport, cost_of_turn


def _report(total: float | None, *, turn: int = 100, counted: int = 400) -> CostReport:
    """`turn`: tokens of the turn; `counted`: those the running total was reckoned from."""
    return CostReport(
        total_usd=total,
        usage={"input_tokens": turn - 20, "output_tokens": 20, "cache_read_input_tokens": None},
        model_usage={
            "claude-opus-5-5": {"inputTokens": counted - 20, "outputTokens": 20, "costUSD": 1.5}
        },
    )


def test_a_turn_costs_what_the_total_has_grown_by() -> None:
    cost = cost_of_turn(_report(0.0048), base=Decimal("0.0032"))

    assert (cost.usd, cost.total_usd) == (Decimal("0.0016"), Decimal("0.0048"))


def test_the_first_turn_costs_the_whole_total() -> None:
    assert cost_of_turn(_report(0.5, counted=100), base=Decimal(0)).usd == Decimal("0.5")


def test_a_total_that_shrank_has_started_again() -> None:
    cost = cost_of_turn(_report(0.2), base=Decimal("0.3"))

    assert (cost.usd, cost.total_usd) == (Decimal("0.2"), Decimal("0.2"))


def test_a_total_of_this_turn_alone_has_started_again_though_it_is_larger() -> None:
    cost = cost_of_turn(_report(0.9, turn=400, counted=400), base=Decimal("0.3"))

    assert (cost.usd, cost.total_usd) == (Decimal("0.9"), Decimal("0.9"))


def test_a_turn_that_reports_no_total_costs_nothing_and_keeps_the_base() -> None:
    cost = cost_of_turn(_report(None), base=Decimal("0.3"))

    assert (cost.usd, cost.total_usd) == (Decimal(0), Decimal("0.3"))


@pytest.mark.parametrize("steps", [3, 10, 1000])
def test_the_noise_of_binary_fractions_never_reaches_the_books(steps: int) -> None:
    meter, total, booked = CostMeter(Decimal(0)), 0.0, Decimal(0)
    for step in range(steps):
        total += 0.0016
        meter.read(_report(total, counted=101 + step))
        booked += meter.take().usd

    assert booked == Decimal("0.0016") * steps


def test_a_turn_nobody_took_is_owed_with_the_next() -> None:
    meter = CostMeter(Decimal("0.1"))
    meter.read(_report(0.3))
    meter.read(_report(0.4))

    assert meter.take().usd == Decimal("0.3")
    assert meter.take().usd == Decimal(0)
    assert meter.total_usd == Decimal("0.4")
