"""Turns that end at about the same time, and are stored together."""

from __future__ import annotations

import asyncio

import pytest

from orchestrator_core.model import Turn, TurnState
from orchestrator_core.worker import Worker
from tests.claims import a_claim
from tests.core import Core
from tests.fakes.agent import Hold, Step, finished


class AtOnce:
    """Three sessions with a turn each, all of which end when they may."""

    def __init__(self) -> None:
        self.core = Core()
        self.may_end = asyncio.Event()
        self.core.launcher.script = self._script
        self.turns: list[Turn] = []

    def _script(self, prompt: str) -> list[Step]:
        return [Hold(event=self.may_end), finished(prompt)]

    async def begin(self, *prompts: str) -> Worker:
        for prompt in prompts:
            self.turns.append(await self.core.ask(await self.core.session(), prompt))
        worker = self.core.worker()
        await worker.start_ready()
        for prompt in prompts:
            await self.core.launcher.wait_for_prompt(prompt)
        return worker

    async def end(self, worker: Worker) -> None:
        self.may_end.set()
        async with asyncio.timeout(5):
            await worker.settle()

    async def states(self) -> list[TurnState]:
        return [(await self.core.read_turn(turn.id)).state for turn in self.turns]


async def test_each_is_told_its_own_answer() -> None:
    world = AtOnce()
    worker = await world.begin("one", "two", "three")
    await world.end(worker)

    assert await world.states() == [TurnState.DONE] * 3
    assert sorted(text.split()[-1] for text in await world.core.texts()) == ["one", "three", "two"]
    assert len(world.core.store.cost_entries) == 3


async def test_one_that_cannot_be_told_spoils_none_of_the_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = AtOnce()
    world.core.renderer.refuses = "poison"
    # The last one's session is the chat's own: what it says is not headed by its name.
    worker = await world.begin("one", "two", "poison")
    await world.end(worker)

    assert await world.states() == [TurnState.DONE, TurnState.DONE, TurnState.FAILED]
    assert len(world.core.store.cost_entries) == 3
    assert "answer not tellable" in caplog.messages


async def test_one_that_was_lost_meanwhile_is_dropped_alone() -> None:
    world = AtOnce()
    worker = await world.begin("one", "lost", "three")
    lost = world.turns[1]
    async with world.core.store.transaction() as records:
        await records.leases.break_all(world.core.clock.now())
        others = {turn.session_id for turn in world.turns} - {lost.session_id}
        [taken] = await records.turns.take_over(a_claim("another"), limit=9, but=others)
    assert taken.turn.id == lost.id
    await world.end(worker)

    assert await world.states() == [TurnState.DONE, TurnState.RUNNING, TurnState.DONE]
    assert len(world.core.store.cost_entries) == 3
