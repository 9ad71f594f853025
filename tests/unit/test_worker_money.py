"""What a worker does about money: who waits, what a run may cost, and what is booked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from orchestrator_core.agent_events import CallSeen, TextWritten
from orchestrator_core.budgets import AtLimit, Scope, Span
from orchestrator_core.errors import AgentError
from orchestrator_core.model import ModelCost, Standing, Tokens, TurnState
from tests.core import Core
from tests.fakes.agent import Step, echo, finished
from tests.money import a_budget, spend


def call(number: int, dollars: int) -> CallSeen:
    tokens = Tokens(output=dollars * 1000)
    return CallSeen(call_id=f"msg_{number}", model="opus", tokens=tokens)


def dies(prompt: str) -> Sequence[Step]:
    """Two calls are seen, one of them twice, and no end."""
    if prompt != "die":
        return echo(prompt)
    return [call(1, 1), call(1, 2), call(2, 1), AgentError("dead")]


async def run(core: Core) -> None:
    worker = core.worker()
    await worker.start_ready()
    await worker.settle()


async def test_a_session_whose_money_is_spent_waits_and_others_run() -> None:
    core = Core(budgets=(a_budget("2"),))
    spent, other = await core.session(agent="claude"), await core.session(agent="reviewer")
    first = await core.ask(spent, "first")
    await spend(core, spent, first, 2)
    second = await core.ask(other, "second")
    await run(core)

    assert (await core.read_turn(first.id)).state is TurnState.QUEUED
    assert (await core.read_turn(second.id)).state is TurnState.DONE
    assert core.launcher.prompts == ["second"]


async def test_what_was_seen_of_a_run_that_died_is_booked_and_the_session_s_cost() -> None:
    core = Core()
    core.launcher.script = dies
    session = await core.session()
    await core.ask(session, "die")
    await run(core)

    [entry] = core.store.cost_entries
    assert (entry.usd, entry.standing) == (Decimal(3), Standing.ESTIMATED)
    assert (await core.read_session(session.id)).cost_usd == 3
    assert core.metrics.by_model == {"opus": Decimal(3)}
    assert core.metrics.estimated == 3


async def test_a_run_that_tells_its_cost_is_booked_at_that_by_model() -> None:
    core = Core()
    parts = (
        ModelCost(model="opus", usd=Decimal("0.4")),
        ModelCost(model="haiku", usd=Decimal("0.1")),
    )
    end = replace(finished("done", cost="0.5"), by_model=parts)
    core.launcher.script = lambda _prompt: [call(1, 9), TextWritten(text="done"), end]
    session = await core.session()
    await core.ask(session)
    await run(core)

    [entry] = core.store.cost_entries
    assert (entry.usd, entry.standing, entry.by_model) == (
        Decimal("0.5"),
        Standing.TOLD,
        parts,
    )
    assert (await core.read_session(session.id)).cost_usd == Decimal("0.5")
    assert core.metrics.by_model == {"opus": Decimal("0.4"), "haiku": Decimal("0.1")}


async def test_claude_is_told_what_is_left_and_started_anew_when_that_is_more() -> None:
    core = Core(budgets=(a_budget("2", scope=Scope.ALL, span=Span.TURN),))
    session = await core.session()
    for prompt in ("one", "two"):
        await core.ask(session, prompt)
        await run(core)

    assert [client.profile.max_budget_usd for client in core.launcher.clients] == [2, 2]


async def test_claude_stays_warm_while_what_it_may_cost_is_what_is_left() -> None:
    core = Core(budgets=(a_budget("2"),))
    session = await core.session()
    for prompt in ("one", "two"):
        await core.ask(session, prompt)
        await run(core)

    assert [client.profile.max_budget_usd for client in core.launcher.clients] == [2]
    assert core.launcher.prompts == ["one", "two"]


async def test_a_turn_that_ran_into_its_limit_says_so() -> None:
    core = Core()
    end = finished(reason="budget_exhausted", is_error=True, cost="2")
    core.launcher.script = lambda _prompt: [end]
    turn = await core.ask(await core.session())
    await run(core)

    assert (await core.read_turn(turn.id)).state is TurnState.FAILED
    assert any("budget is used up" in text for text in await core.texts())
    assert [entry.usd for entry in core.store.cost_entries] == [2]


async def test_a_budget_that_stops_ends_the_run_that_passes_it() -> None:
    core = Core(budgets=(a_budget("2", at_limit=AtLimit.STOP),))
    core.launcher.script = lambda _prompt: [call(1, 2), TextWritten(text="on"), finished("done")]
    turn = await core.ask(await core.session())
    await run(core)

    assert (await core.read_turn(turn.id)).stop_requested
