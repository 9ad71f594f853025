"""What several ask for at about the same time, done at once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from orchestrator_core.together import Together

PATIENCE = 5


class Doubling:
    """Doubles what it gets once it may."""

    def __init__(self, *, most: int = 10, lanes: int = 1) -> None:
        self.done: list[list[int]] = []
        self.may = asyncio.Event()
        self.error: Exception | None = None
        self.together = Together(self._double, most=most, name="doubling", lanes=lanes)

    async def _double(self, numbers: Sequence[int]) -> list[int]:
        self.done.append([*numbers])
        await self.may.wait()
        if self.error:
            raise self.error
        return [2 * number for number in numbers]

    async def asked(self, *numbers: int) -> list[asyncio.Task[int]]:
        """Once all have asked."""
        tasks = [asyncio.create_task(self.together.ask(number)) for number in numbers]
        await asyncio.wait(tasks, timeout=0)
        return tasks


async def test_what_comes_while_one_is_done_is_done_at_once_after_it() -> None:
    doubling = Doubling()
    async with asyncio.timeout(PATIENCE):
        first = await doubling.asked(1)
        others = await doubling.asked(2, 3)
        doubling.may.set()

        assert await asyncio.gather(*first, *others) == [2, 4, 6]
    assert doubling.done[0] in ([1], [1, 2, 3])
    assert sum(len(some) for some in doubling.done) == 3


async def test_no_more_are_done_at_once_than_may_be() -> None:
    doubling = Doubling(most=2)
    async with asyncio.timeout(PATIENCE):
        asked = await doubling.asked(1, 2, 3, 4, 5)
        doubling.may.set()

        assert await asyncio.gather(*asked) == [2, 4, 6, 8, 10]
    assert doubling.done == [[1, 2], [3, 4], [5]]


async def test_with_two_lanes_two_are_under_way_and_a_third_waits() -> None:
    doubling = Doubling(lanes=2)
    async with asyncio.timeout(PATIENCE):
        asked = []
        for number in (1, 2, 3, 4):
            asked += await doubling.asked(number)
            await asyncio.wait(asked, timeout=0.01)
        under_way = [*doubling.done]
        doubling.may.set()

        assert await asyncio.gather(*asked) == [2, 4, 6, 8]
    assert under_way == [[1], [2]]
    assert doubling.done == [[1], [2], [3, 4]]


@pytest.mark.parametrize("lanes", [1, 2])
async def test_whoever_asks_when_the_last_are_just_done_is_not_forgotten(lanes: int) -> None:
    doubling = Doubling(lanes=lanes)
    doubling.may.set()
    async with asyncio.timeout(PATIENCE):
        for number in range(50):
            assert await doubling.together.ask(number) == 2 * number


async def test_a_fault_is_told_to_all_of_them_and_the_next_may_try() -> None:
    doubling = Doubling()
    doubling.error = ConnectionError("away")
    doubling.may.set()
    async with asyncio.timeout(PATIENCE):
        asked = await doubling.asked(1, 2)
        assert [str(error) for error in await asyncio.gather(*asked, return_exceptions=True)] == [
            "away",
            "away",
        ]
        doubling.error = None
        assert await doubling.together.ask(3) == 6


async def test_one_who_waits_no_more_is_no_harm_to_the_others() -> None:
    doubling = Doubling()
    async with asyncio.timeout(PATIENCE):
        gone, stays = await doubling.asked(1, 2)
        gone.cancel()
        doubling.may.set()

        assert await stays == 4
        with pytest.raises(asyncio.CancelledError):
            await gone
