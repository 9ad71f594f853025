"""Granting more of a budget, and which one is meant."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from orchestrator_core.budgets import Scope, Span, Spender
from orchestrator_core.errors import PersonError
from orchestrator_core.raising import find_budget, grant, standing
from tests.core import Core
from tests.money import a_budget, cards, hold, spend
from tests.people import OWNER


async def test_a_raise_lets_work_go_on_and_counts_for_its_window_only() -> None:
    core = Core(budgets=(a_budget("2"),))
    session = await core.session()
    await spend(core, session, await core.ask(session), 2)
    async with core.store.transaction() as records:
        meant = await find_budget(records, core.budget, "it:claude", core.clock.now())
        raised = await grant(records, meant.level, Decimal(5), actor=OWNER, now=core.clock.now())

    assert (raised.spent, raised.limit) == (Decimal(2), Decimal(7))
    assert await hold(core) == (False, frozenset())
    core.clock.advance(timedelta(days=1))
    async with core.store.read() as records:
        [level] = await core.budget.levels(records, core.clock.now(), Spender.of(session))
    assert level.limit == 2
    assert [entry.action for entry in core.store.audit_entries] == ["budget.raise"]


async def test_a_limit_is_lifted_until_midnight_of_its_zone() -> None:
    core = Core(budgets=(a_budget("2", span=Span.MONTH),))
    session = await core.session()
    turn = await core.ask(session)
    await spend(core, session, turn, 2)
    async with core.store.transaction() as records:
        meant = await find_budget(records, core.budget, "it:claude", core.clock.now())
        await grant(records, meant.level, None, actor=OWNER, now=core.clock.now())

    assert await core.metering().left(session, turn) is None
    core.clock.advance(timedelta(days=1))
    assert (await hold(core))[1] == {session.id}


@pytest.mark.parametrize(
    ("scope", "span", "reference"),
    [
        (Scope.ALL, Span.DAY, "it"),
        (Scope.AGENT, Span.DAY, "it:claude"),
        (Scope.PERSON, Span.DAY, f"it:{OWNER}"),
        (Scope.SESSION, Span.DAY, "it:1"),
        (Scope.SESSION, Span.TURN, "it:1"),
    ],
)
async def test_an_alert_s_button_names_the_window_that_it_is_about(
    scope: Scope, span: Span, reference: str
) -> None:
    core = Core(budgets=(a_budget("2", scope=scope, span=span),))
    session = await core.session()
    turn = await core.ask(session)
    await spend(core, session, turn, 2)
    [card] = cards(core)
    async with core.store.read() as records:
        now = core.clock.now()
        meant = await find_budget(records, core.budget, reference, now)
        [alerted] = await core.budget.levels(records, now, Spender.of(session, turn))

    assert card.buttons[0].command == f"/budget +1 {reference}"
    assert meant.level.window == alerted.window


@pytest.mark.parametrize("reference", ["other", "it", "it:7", "it:one", f"it:{'9' * 30}"])
async def test_what_is_no_budget_is_told_so(reference: str) -> None:
    core = Core(budgets=(a_budget(scope=Scope.SESSION),))

    async with core.store.read() as records:
        with pytest.raises(PersonError):
            await find_budget(records, core.budget, reference, core.clock.now())


async def test_the_standing_of_a_budget_that_each_has_alone_shows_who_has_spent() -> None:
    core = Core(budget_usd=Decimal(10), budgets=(a_budget("2"),))
    for agent, dollars in (("claude", 1), ("reviewer", 2)):
        session = await core.session(agent=agent)
        await spend(core, session, await core.ask(session), dollars)
    async with core.store.read() as records:
        levels = await standing(records, core.budget, core.clock.now())

    assert [(one.budget.name, one.subject, one.spent) for one in levels] == [
        ("daily", "", Decimal(3)),
        ("it", "reviewer", Decimal(2)),
        ("it", "claude", Decimal(1)),
    ]


async def granted_usd(core: Core, usd: Decimal | None) -> None:
    async with core.store.transaction() as records:
        now = core.clock.now()
        meant = await find_budget(records, core.budget, "it:claude", now)
        await grant(records, meant.level, usd, actor=OWNER, now=now)


async def test_a_raised_budget_tells_anew_of_the_marks_that_it_passes_after_that() -> None:
    core = Core(budgets=(a_budget("2"),))
    session = await core.session()
    await spend(core, session, await core.ask(session), 2)
    await granted_usd(core, Decimal(1))
    told_by_the_raise = len(cards(core))
    for _ in range(2):
        await spend(core, session, await core.ask(session), 1)

    assert told_by_the_raise == 1
    assert [card.title for card in cards(core)] == ["The budget “it (claude)” is used up"] * 2


async def test_a_lifted_budget_is_told_of_when_it_counts_again_and_is_used_up() -> None:
    core = Core(budgets=(a_budget("2", span=Span.MONTH),))
    session = await core.session()
    await spend(core, session, await core.ask(session), 2)
    await granted_usd(core, None)
    await spend(core, session, await core.ask(session), 3)
    while_lifted = len(cards(core))
    core.clock.advance(timedelta(days=1))
    await spend(core, session, await core.ask(session), 1)

    assert (while_lifted, len(cards(core))) == (1, 2)
