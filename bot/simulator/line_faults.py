"""Faults on demand: what shall go wrong with the next calls.

Knows the kinds of faults and how many are left, not how a call is answered.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    #: Nothing is accepted and no answer comes until the caller gives up.
    HANG = "hang"
    #: Nothing is accepted, 500.
    ERROR = "error"
    #: Accepted, yet the answer is 500.
    ACCEPT_THEN_ERROR = "accept_then_error"
    #: Accepted, yet no answer comes until the caller gives up.
    ACCEPT_THEN_HANG = "accept_then_hang"
    #: Accepted, and the connection breaks in the middle of the answer.
    ACCEPT_THEN_CUT = "accept_then_cut"
    #: 429, too many calls.
    RATE_LIMIT = "rate_limit"
    #: 429, the month's pushes are spent.
    QUOTA = "quota"
    #: 401, as with a wrong channel access token.
    UNAUTHORIZED = "unauthorized"
    #: 400, as for a reply token that came too late.
    TOO_LATE = "too_late"

    @property
    def accepts(self) -> bool:
        return self.value.startswith("accept_")


#: What a fault hits unless told otherwise.
MESSAGE_CALLS = ("reply", "push")


@dataclass(slots=True, kw_only=True)
class _Order:
    fault: Fault
    left: int
    calls: frozenset[str]


class Faults:
    def __init__(self) -> None:
        self._orders: list[_Order] = []
        #: Nobody is kept waiting longer than this, however patient: then comes a 500.
        self.longest_hang_seconds = 120.0

    def order(self, fault: Fault, count: int = 1, calls: Iterable[str] = MESSAGE_CALLS) -> None:
        """Let the next `count` of these calls fail so; orders wait for one another."""
        self._orders.append(_Order(fault=fault, left=count, calls=frozenset(calls)))

    def clear(self) -> None:
        self._orders.clear()

    def take(self, call: str) -> Fault | None:
        """The fault for this call, which is thereby used up."""
        for order in self._orders:
            if call in order.calls:
                order.left -= 1
                if order.left <= 0:
                    self._orders.remove(order)
                return order.fault
        return None

    def waiting(self) -> list[dict[str, object]]:
        return [
            {"fault": order.fault.value, "count": order.left, "calls": sorted(order.calls)}
            for order in self._orders
        ]
