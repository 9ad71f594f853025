"""How much a caller may ask for.

The counting is done in `bot.api.counts`, loaded when the first caller comes: slowapi takes a
quarter of a second to import, and the start must not wait for it.
"""

from __future__ import annotations

import enum
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

if TYPE_CHECKING:
    from bot.api.counts import Counts


class Allowance(enum.StrEnum):
    READS = "reads"
    WRITES = "writes"
    WRONG_TOKENS = "wrong_tokens"
    #: Calls of LINE's webhook that LINE did not sign.
    UNSIGNED = "unsigned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """In the words of the `limits` library: `120/minute`, `1000/hour; 120/minute`."""

    reads: str = "120/minute"
    writes: str = "30/minute"
    wrong_tokens: str = "10/minute"
    unsigned: str = "60/minute"


class Allowances:
    """`storage_uri`: `memory://`, `redis://…`, `rediss://…` or `unix:///path/to/socket`."""

    def __init__(self, rates: Rates | None = None, *, storage_uri: str = "memory://") -> None:
        self._rates = rates or Rates()
        self._storage_uri = storage_uri
        self._counts: Counts | None = None
        self._loading = threading.Lock()

    async def spend(self, allowance: Allowance, *, caller: str, cost: int = 1) -> dict[str, str]:
        """Take `cost` from what the caller has left; 0 only looks whether it is overdrawn.

        Returns the headers that tell what is left. Raises ProblemError when it was not enough.
        """
        return await run_in_threadpool(self._spend, allowance, caller, cost)

    def _spend(self, allowance: Allowance, caller: str, cost: int) -> dict[str, str]:
        return self._loaded().spend(allowance, caller, cost)

    def _loaded(self) -> Counts:
        from bot.api.counts import Counts  # noqa: PLC0415

        # Two first callers in two threads must not count apart from each other.
        with self._loading:
            if self._counts is None:
                self._counts = Counts(self._rates, self._storage_uri)
            return self._counts
