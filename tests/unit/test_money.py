"""How money is shown."""

from __future__ import annotations

from decimal import Decimal

import pytest

from orchestrator_core.money import dollars


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        ("0", "$0.00"),
        ("0.0042", "$0.0042"),
        ("0.00424", "$0.0042"),
        ("0.00001", "$0.00001"),
        ("0.000000123", "$0.0000001"),
        ("0.01", "$0.01"),
        ("0.014", "$0.01"),
        ("0.015", "$0.02"),
        ("1.23", "$1.23"),
        ("5", "$5.00"),
        ("1234567.891", "$1,234,567.89"),
    ],
)
def test_money_reads_as_dollars_and_is_never_a_plain_zero(amount: str, shown: str) -> None:
    assert dollars(Decimal(amount)) == shown
