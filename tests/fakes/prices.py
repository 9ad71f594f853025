"""Prices that are easy to reckon with."""

from __future__ import annotations

from decimal import Decimal

from orchestrator_core.model import Tokens


def a_dollar_for_a_thousand(_model: str, tokens: Tokens) -> Decimal:
    return Decimal(tokens.output) / 1000
