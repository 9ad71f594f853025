"""Two real Claude Codes that spend one budget at the same time."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from bot.simulator.model_replies import Usage, UseTool
from bot.simulator.model_script import After
from orchestrator_core.books import Books
from orchestrator_core.budgets import Scope
from orchestrator_core.metering import Metering
from orchestrator_core.model import OPEN_TURN_STATES, Turn, TurnState
from orchestrator_core.ports import AgentProfile, Topic
from orchestrator_core.warm_clients import WarmClients
from tests.core import Core
from tests.fakes.claude_cli import PRICES, RealClaude, real_claude
from tests.fakes.conversation import PROFILE
from tests.money import a_budget
from tests.waiting import going

#: A cent a call at 4 and 20 dollars for a million tokens.
USAGE = Usage(input_tokens=1000, output_tokens=300)
CENT = Decimal("0.01")
STEP = UseTool(tool="Bash", tool_input={"command": "true"}, usage=USAGE)
LIMIT = 5 * CENT
PATIENCE = 40.0


class Counting(Core):
    """Reckons with the model's own prices."""

    def metering(self) -> Metering:
        return replace(super().metering(), books=Books(store=self.store))


def core_around(real: RealClaude) -> Core:
    profile = AgentProfile(
        name="claude",
        model=PROFILE.model,
        workspace=str(real.workspace),
        allowed_tools=("Bash(true)",),
    )
    core = Counting(budgets=(a_budget(str(LIMIT), scope=Scope.ALL),), profiles={"claude": profile})
    core.clients = WarmClients(real.launcher, core.clock, idle_for=core.turn_timeout, most=4)
    return core


async def have_ended(core: Core, turns: list[Turn]) -> list[TurnState]:
    """Once all have."""
    async with core.wakeups.bell(Topic.EVENTS, *(one.session_id for one in turns)) as bell:
        while True:
            states = [(await core.read_turn(one.id)).state for one in turns]
            if not {*OPEN_TURN_STATES} & {*states}:
                return states
            await bell.wait(PATIENCE)


async def test_together_they_pass_the_limit_by_one_call_each_at_most(tmp_path: Path) -> None:
    """A cent is left when each is in a call; what they begin after that is cut off, as calls of
    a real model last longer than it takes to end a run."""
    async with real_claude(tmp_path) as real:
        core, passed, never = core_around(real), asyncio.Event(), asyncio.Event()
        at_limit, beyond = After(event=passed, reply=STEP), After(event=never, reply=STEP)
        real.model.on("first", *[STEP] * 4, at_limit, beyond)
        real.model.on("second", at_limit, beyond)
        turns = [await core.ask(await core.session(), one) for one in ("first", "second")]
        async with going(core.worker().run()), asyncio.timeout(PATIENCE):
            await real.model.wait_for("second")
            await real.model.wait_for("first", count=5)
            passed.set()
            states = await have_ended(core, turns)
        await core.clients.close_all()
        begun = [len(real.model.seen(one)) for one in ("first", "second")]
        billed = real.model.billed_usd(PRICES)

    assert states == [TurnState.FAILED] * 2
    assert begun[0] <= 6 and begun[1] <= 2
    assert LIMIT < billed <= LIMIT + 2 * CENT
    assert sum(entry.usd for entry in core.store.cost_entries) == billed
