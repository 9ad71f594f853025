"""Where the budgets cannot be read, work goes on, and the owners are told once a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from commands.prompt import Prompting
from orchestrator_core.budgets import Budgets, Level, Spender
from orchestrator_core.model import TurnState
from orchestrator_core.ports import Records
from tests.core import TOKYO, Core
from tests.money import cards


class Unreadable(Budgets):
    async def levels(self, _records: Records, _now: datetime, *_spenders: Spender) -> list[Level]:
        raise RuntimeError("the raises are gone")


async def run(core: Core, prompts: Sequence[str]) -> list[TurnState]:
    worker, session = core.worker(), await core.session()
    turns = [await core.ask(session, prompt) for prompt in prompts]
    for _ in turns:
        await worker.start_ready()
        await worker.settle()
    return [(await core.read_turn(turn.id)).state for turn in turns]


async def test_prompts_are_answered_and_the_owners_told_once_that_nobody_counts() -> None:
    core = Core()
    core.budget = Unreadable(limit_usd=Decimal(2), zone=TOKYO)
    states = await run(core, ["one", "two"])

    assert states == [TurnState.DONE, TurnState.DONE]
    assert [entry.usd for entry in core.store.cost_entries] == [Decimal("0.01")] * 2
    assert [card.title for card in cards(core)] == ["Costs cannot be counted at the moment"]
    assert core.pauses == []


async def test_a_prompt_said_in_a_chat_is_taken_too() -> None:
    core = Core()
    core.budget = Unreadable(limit_usd=Decimal(2), zone=TOKYO)
    core.router = replace(core.router, prompting=Prompting(desk=core.desk, budget=core.budget))
    said = await core.answers("hello")
    worker = core.worker()
    await worker.start_ready()
    await worker.settle()

    assert said == []
    assert (await core.read_turn(1)).state is TurnState.DONE
    assert [card.title for card in cards(core)] == ["Costs cannot be counted at the moment"]
