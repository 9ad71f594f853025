"""How many calls of the webhook that LINE did not sign are answered as such, by address.

Who calls more often is told to wait, and no line is logged for it. What LINE has signed never
comes here. Behind a proxy all strangers have one address, which harms nobody but them.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable

from starlette.requests import HTTPConnection
from starlette.types import Scope

from bot.api.access import address
from bot.api.limits import Allowance, Allowances
from bot.api.problems import ProblemError

logger = logging.getLogger(__name__)

#: Of so many addresses it is remembered that they must wait.
MOST_ADDRESSES = 10_000


class UnsignedCalls:
    """`monotonic`: seconds."""

    def __init__(
        self, allowances: Allowances, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._allowances = allowances
        self._monotonic = monotonic
        #: Until when each address must wait: while it does, nobody is asked about it.
        self._refused: dict[str, float] = {}

    async def seconds_to_wait(self, scope: Scope) -> int | None:
        """Count one more; None as long as there are not too many."""
        caller = address(HTTPConnection(scope))
        left = self._refused.get(caller, 0.0) - self._monotonic()
        if left > 0:
            return math.ceil(left)
        try:
            await self._allowances.spend(Allowance.UNSIGNED, caller=caller)
        except ProblemError as error:
            return self._refuse(caller, int(error.headers["Retry-After"]))
        return None

    def _refuse(self, caller: str, seconds: int) -> int:
        logger.warning("webhook flooded", extra={"caller": caller, "seconds": seconds})
        self._refused.pop(caller, None)
        self._refused[caller] = self._monotonic() + seconds
        while len(self._refused) > MOST_ADDRESSES:
            del self._refused[next(iter(self._refused))]
        return seconds
