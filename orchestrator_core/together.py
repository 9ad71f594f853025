"""Does at once what several ask for at about the same time: all that came during the last time.

Where each alone would wait for the disk, they wait once. Knows nothing of what is done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

#: For what a database does: while one transaction waits for it, the next is made up.
LANES = 2
Asked = TypeVar("Asked")
Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True)
class _Waiting(Generic[Asked, Outcome]):
    asked: Asked
    outcome: asyncio.Future[Outcome]


class Together(Generic[Asked, Outcome]):
    """`do` gets at most so many at once and gives the outcome of each, in order. What it raises
    is raised for all of them. With more lanes it is called again for those who came while it
    waits, as often at once as there are lanes."""

    def __init__(
        self,
        do: Callable[[Sequence[Asked]], Awaitable[Sequence[Outcome]]],
        *,
        most: int,
        name: str,
        lanes: int = 1,
    ) -> None:
        self._do = do
        self._most = most
        self._name = name
        self._waiting: list[_Waiting[Asked, Outcome]] = []
        self._lanes = lanes
        self._doing: list[asyncio.Task[None]] = []

    async def ask(self, asked: Asked) -> Outcome:
        outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(asked, outcome))
        self._doing = [lane for lane in self._doing if not lane.done()]
        if len(self._doing) < self._lanes:
            self._doing.append(asyncio.create_task(self._do_all(), name=self._name))
        return await outcome

    async def _do_all(self) -> None:
        while self._waiting:
            those, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            try:
                outcomes = await self._do([one.asked for one in those])
            except Exception as error:  # noqa: BLE001 - it is theirs who wait
                _fail(those, error)
            except BaseException:
                for one in [*those, *self._waiting]:
                    one.outcome.cancel()
                raise
            else:
                _tell(those, outcomes)


def _fail(those: Sequence[_Waiting[Asked, Outcome]], error: Exception) -> None:
    for one in those:
        # Whoever waited may have been cancelled meanwhile.
        if not one.outcome.done():
            one.outcome.set_exception(error)


def _tell(those: Sequence[_Waiting[Asked, Outcome]], outcomes: Sequence[Outcome]) -> None:
    for one, outcome in zip(those, outcomes, strict=True):
        if not one.outcome.done():
            one.outcome.set_result(outcome)
