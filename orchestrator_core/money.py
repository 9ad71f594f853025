"""How money is shown."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

_CENT = Decimal("0.01")
_HUNDREDTH_CENT = Decimal("0.0001")


def dollars(amount: Decimal) -> str:
    """`$1.23`; below a cent as much as is needed to be no plain zero: `$0.0042`."""
    step = _HUNDREDTH_CENT if 0 < amount < _CENT else _CENT
    return f"${amount.quantize(step, rounding=ROUND_HALF_UP):,}"
