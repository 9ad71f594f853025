"""Several runs that spend one budget at the same time: each ends with the call it is at."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from orchestrator_core.agent_events import CallSeen
from orchestrator_core.budgets import AtLimit, Scope, Span
from orchestrator_core.model import Tokens, TurnState
from tests.core import Core
from tests.fakes.agent import Hold, Step, answer, finished
from tests.money import a_budget
from tests.waiting import going, until


def call(name: str, dollars: int, *, goes_on: bool = True) -> CallSeen:
    tokens = Tokens(output=dollars * 1000)
    return CallSeen(call_id=name, model="opus", tokens=tokens, goes_on=goes_on)


class Two:
    """A slow run, which begins, and a costly one, which passes the limit meanwhile."""

    def __init__(self, at_limit: AtLimit, *, last: bool = False) -> None:
        self.core = Core(budgets=(a_budget("5", scope=Scope.ALL, at_limit=at_limit),))
        self.core.launcher.script = self.script
        self.passed, self.never = asyncio.Event(), asyncio.Event()
        #: The slow one's next call is its last.
        self.last = last

    def script(self, prompt: str) -> Sequence[Step]:
        if prompt == "costly":
            return [call("c1", 5, goes_on=False), *answer("costly done", cost="5")]
        rest: list[Step] = [Hold(event=self.never), call("s3", 100)]
        if self.last:
            rest = answer("slow done", cost="2")
        return [
            call("s1", 1),
            Hold(event=self.passed),
            call("s2", 1, goes_on=not self.last),
            *rest,
        ]

    async def run(self) -> list[TurnState]:
        """How the slow turn and the costly one ended."""
        slow = await self.core.ask(await self.core.session(), "slow")
        costly = await self.core.ask(await self.core.session(), "costly")
        worker = self.core.worker()
        async with going(worker.run()):
            await self.core.launcher.wait_for_prompt("slow")
            await self.have_ended(1)
            self.passed.set()
            if self.core.budgets[0].at_limit is AtLimit.NOTIFY:
                self.never.set()
            await self.have_ended(2)
        return [(await self.core.read_turn(one.id)).state for one in (slow, costly)]

    async def have_ended(self, turns: int) -> None:
        counted = self.core.metrics.counted
        await until(lambda: sum(name == "turns" for name, _ in counted) == turns)


async def test_when_the_budget_is_used_up_each_run_ends_with_the_call_it_is_at() -> None:
    two = Two(AtLimit.PAUSE)

    assert await two.run() == [TurnState.FAILED, TurnState.DONE]
    assert sum(entry.usd for entry in two.core.store.cost_entries) <= 5 + 1 + 1
    assert any("budget is used up" in text for text in await two.core.texts())


async def test_a_run_whose_last_call_it_was_gives_its_answer() -> None:
    two = Two(AtLimit.PAUSE, last=True)

    assert await two.run() == [TurnState.DONE, TurnState.DONE]
    assert any("slow done" in text for text in await two.core.texts())


async def test_a_budget_that_only_tells_ends_nothing() -> None:
    assert await Two(AtLimit.NOTIFY).run() == [TurnState.DONE, TurnState.DONE]


async def test_a_run_alone_ends_with_the_call_that_passes_the_limit() -> None:
    """Though a warm Claude may have been told of a little more."""
    core = Core(budgets=(a_budget("2", scope=Scope.AGENT, span=Span.DAY),))
    never = asyncio.Event()
    core.launcher.script = lambda _prompt: [call("1", 2), Hold(event=never), call("2", 9)]
    turn = await core.ask(await core.session(), "x")
    worker = core.worker()
    await worker.start_ready()
    await worker.settle()

    assert (await core.read_turn(turn.id)).state is TurnState.FAILED


async def test_an_answer_that_was_whole_when_the_money_ended_is_given() -> None:
    core = Core(budgets=(a_budget("2"),))
    whole = replace(finished("whole"), cost_usd=Decimal(2))
    core.launcher.script = lambda _prompt: [call("1", 2), whole]
    turn = await core.ask(await core.session(), "x")
    worker = core.worker()
    await worker.start_ready()
    await worker.settle()

    assert (await core.read_turn(turn.id)).state is TurnState.DONE
