"""What the rivals of the turns are put through: the same prompts, asked the same way as ours.

Runs in the rivals' own environment, so it knows the standard library alone, and no Denrei.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

#: The outbox.
ANSWERS = "CREATE TABLE answer (id BIGSERIAL PRIMARY KEY, session TEXT NOT NULL, text TEXT)"
ANSWER = "INSERT INTO answer (session, text) VALUES (%(session)s, 'Done.')"
COUNT = "SELECT COUNT(*) AS answers FROM answer"
#: A run that takes longer has hung.
PATIENCE_SECONDS = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Race:
    url: str
    sessions: int
    #: How many prompts wait before the first is taken; the planner's statistics are taken then.
    warm_up: int
    #: How many are measured, from the first enqueue to the last answer.
    turns: int


class Queue(Protocol):
    async def ask(self, session: str) -> None:
        """Return when the prompt is stored; behind the others of its session."""
        ...

    async def run(self, statement: str) -> list[tuple[int]]: ...

    def working(self) -> AbstractAsyncContextManager[None]:
        """Prompts are answered until the block ends, one at a time of each session."""
        ...


class Countdown:
    """Of the answers still to come."""

    def __init__(self) -> None:
        self._left = 0
        self._reached = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def expect(self, answers: int) -> None:
        self._left += answers
        self._reached.clear()

    def answered(self) -> None:
        """From any thread."""
        self._loop.call_soon_threadsafe(self._one_less)

    async def reached(self) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._reached.wait()

    def _one_less(self) -> None:
        self._left -= 1
        if self._left == 0:
            self._reached.set()


async def race_of(queue: Queue, countdown: Countdown, race: Race) -> float:
    """Seconds. Raises RuntimeError when an answer is missing or came twice."""
    countdown.expect(race.warm_up)
    await _ask_all(queue, race, race.warm_up)
    await queue.run("ANALYZE")
    async with queue.working():
        await countdown.reached()
        countdown.expect(race.turns)
        begun = time.perf_counter()
        await _ask_all(queue, race, race.turns)
        await countdown.reached()
        seconds = time.perf_counter() - begun
    ((answers,),) = await queue.run(COUNT)
    if answers != race.warm_up + race.turns:
        raise RuntimeError(f"{answers} answers for {race.warm_up + race.turns} prompts")
    return seconds


async def _ask_all(queue: Queue, race: Race, prompts: int) -> None:
    """All sessions at once, each one prompt after the other."""

    async def ask(session: str) -> None:
        for _ in range(prompts // race.sessions):
            await queue.ask(session)

    await asyncio.gather(*(ask(f"session-{number}") for number in range(race.sessions)))


def main(
    run: Callable[[Race], Coroutine[Any, Any, float]],
    loop_factory: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    """Read the race from the command line, print the seconds it took."""
    race = Race(**json.loads(sys.argv[1]))
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        print(json.dumps(runner.run(run(race))), flush=True)
