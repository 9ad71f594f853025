"""How money is shown."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

_CENT = Decimal("0.01")
#: Decimal places of a hundredth of a cent.
_FEW = -4


def dollars(amount: Decimal, *, sign: str = "$") -> str:
    """`$1.23`; below a cent as much as is needed to be no plain zero: `$0.0042`."""
    small = 0 < amount < _CENT
    step = Decimal(1).scaleb(min(_FEW, amount.adjusted())) if small else _CENT
    return f"{sign}{amount.quantize(step, rounding=ROUND_HALF_UP):,f}"
