"""Budgets of sessions, agents and people: whose money, for which time, and what waits for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from orchestrator_core.budgets import AtLimit, Scope, Span, Spender
from orchestrator_core.errors import AgentRefusedError
from orchestrator_core.model import (
    CostEntry,
    Language,
    Role,
    Session,
    Turn,
    TurnState,
)
from tests.admitted import with_role
from tests.core import Core
from tests.fakes.clock import NOON
from tests.money import a_budget, cards, hold, spend
from tests.people import OWNER

BERLIN = ZoneInfo("Europe/Berlin")
OPERATOR = "U" + "7" * 32


def test_a_month_begins_and_ends_in_its_own_zone() -> None:
    budget = a_budget(span=Span.MONTH, zone=BERLIN)
    late = datetime(2030, 1, 31, 23, 30, tzinfo=UTC)

    assert budget.start(late) == datetime(2030, 2, 1, tzinfo=BERLIN)
    assert budget.end(late) == datetime(2030, 3, 1, tzinfo=BERLIN)
    december = datetime(2030, 12, 5, tzinfo=UTC)
    assert budget.end(december) == datetime(2031, 1, 1, tzinfo=BERLIN)


def test_every_window_has_a_key_of_its_own_and_a_short_one() -> None:
    now = datetime(2030, 1, 1, 12, tzinfo=UTC)
    somebody = Spender(session_id="s" * 32, agent="a" * 60, person_id=OPERATOR, turn_id=2**60)
    keys = [
        a_budget(scope=scope, span=span).window(now, somebody) for scope in Scope for span in Span
    ]

    # Each turn is of one session, agent and person anyway.
    assert len(set(keys)) == len(keys) - 3
    assert max(len(key or "") for key in keys) <= 100


def test_a_budget_for_some_is_not_for_others() -> None:
    now = datetime(2030, 1, 1, 12, tzinfo=UTC)
    budget = a_budget(scope=Scope.PERSON, only=frozenset({OPERATOR}))
    people = [OPERATOR, OWNER, None]
    spenders = [Spender(session_id="s", agent="a", person_id=person) for person in people]

    assert [budget.window(now, one) is not None for one in spenders] == [True, False, False]


@pytest.mark.parametrize(
    ("scope", "held"),
    [
        (Scope.AGENT, ["claude"]),
        (Scope.SESSION, ["claude"]),
        (Scope.PERSON, ["claude", "reviewer"]),
    ],
)
async def test_only_those_whose_money_is_spent_wait(scope: Scope, held: list[str]) -> None:
    core = Core(budgets=(a_budget("2", scope=scope),))
    sessions = [await core.session(agent=agent) for agent in ("claude", "reviewer")]
    turns = [await core.ask(session) for session in sessions]
    await spend(core, sessions[0], turns[0], 2)
    everything, waiting = await hold(core)

    assert not everything
    assert [one.agent for one in sessions if one.id in waiting] == held


async def test_everybody_waits_for_a_budget_of_everybody() -> None:
    core = Core(budgets=(a_budget("2", scope=Scope.ALL, span=Span.MONTH),))
    session = await core.session()
    await spend(core, session, await core.ask(session), 2)

    assert await hold(core) == (True, frozenset())


@pytest.mark.parametrize("at_limit", [AtLimit.NOTIFY, AtLimit.PAUSE])
async def test_nobody_waits_for_a_budget_that_only_tells_or_is_a_turn_s(at_limit: AtLimit) -> None:
    span = Span.TURN if at_limit is AtLimit.PAUSE else Span.DAY
    core = Core(budgets=(a_budget("2", span=span, at_limit=at_limit),))
    session = await core.session()
    await spend(core, session, await core.ask(session), 3)

    assert await hold(core) == (False, frozenset())
    assert len(cards(core)) == 1


async def test_the_person_who_spends_is_told_besides_the_owners_and_cannot_raise() -> None:
    core = Core(budgets=(a_budget("2"),))
    operator = replace(with_role(Role.OPERATOR, OPERATOR), language=Language.JAPANESE)
    async with core.store.transaction() as records:
        await records.people.save(operator)
    session = await core.session()
    turn = await core.ask(session)
    turn = await core.save_turn(turn)
    async with core.store.transaction() as records:
        await core.alarm().check(records, core.clock.now(), Spender.of(session, turn))
    assert cards(core) == []
    async with core.store.transaction() as records:
        await records.costs.book(_told(session, turn, "1"))
        spender = Spender(
            session_id=session.id, agent="claude", person_id=OPERATOR, turn_id=turn.id
        )
        await core.alarm().check(records, core.clock.now(), spender)

    to_owner, to_operator = cards(core)
    assert [mail.chat_id for mail in await core.deliveries()] == [OWNER, OPERATOR]
    assert to_owner.title == "50 % of the budget “it (claude)” is spent"
    assert [button.command for button in to_owner.buttons] == [
        "/budget +1 it:claude",
        "/budget +5 it:claude",
        "/budget tomorrow it:claude",
    ]
    assert "予算" in to_operator.title
    assert to_operator.buttons == ()


async def test_what_is_left_is_the_tightest_budget_s() -> None:
    core = Core(
        budget_usd=Decimal(100),
        budgets=(
            a_budget("5", scope=Scope.PERSON),
            a_budget("1", at_limit=AtLimit.NOTIFY),
        ),
    )
    session = await core.session()
    turn = await core.ask(session)
    before = await core.metering().left(session, turn)
    await spend(core, session, turn, 3)

    assert before == 5
    assert await core.metering().left(session, turn) == 2


async def test_without_money_left_a_turn_does_not_begin() -> None:
    core = Core(budgets=(a_budget("2"),))
    session = await core.session()
    turn = await core.ask(session)
    await spend(core, session, turn, 2)

    with pytest.raises(AgentRefusedError, match="budget"):
        await core.metering().left(session, turn)


async def test_a_turn_s_budget_is_new_with_every_turn() -> None:
    core = Core(budgets=(a_budget("2", scope=Scope.ALL, span=Span.TURN),))
    session = await core.session()
    first, second = await core.ask(session), await core.ask(session)
    await spend(core, session, first, 1)

    assert await core.metering().left(session, first) == 1
    assert await core.metering().left(session, second) == 2


async def test_a_budget_that_stops_interrupts_all_that_spends_it() -> None:
    core = Core(budgets=(a_budget("2", at_limit=AtLimit.STOP),))
    sessions = [await core.session(agent=agent) for agent in ("claude", "claude", "reviewer")]
    turns = [
        await core.save_turn(await core.ask(session), state=TurnState.RUNNING)
        for session in sessions
    ]
    await spend(core, sessions[0], turns[0], 2)
    now = [await core.read_turn(turn.id) for turn in turns]

    assert [turn.stop_requested for turn in now] == [True, True, False]


async def test_work_goes_on_uncounted_and_owners_are_told_once_when_metering_breaks() -> None:
    core = Core(budgets=(a_budget("2"),))
    session = await core.session()
    turn = await core.ask(session)
    gone = Session(**{**{f: getattr(session, f) for f in session.__slots__}, "id": "gone"})
    broken = Turn(**{**{f: getattr(turn, f) for f in turn.__slots__}, "session_id": "gone"})
    for number in (1, 2):
        await spend(core, gone, broken, number)

    assert core.metrics.times("metering_failures") == 2
    assert [card.title for card in cards(core)] == ["Costs cannot be counted at the moment"]


def _told(session: Session, turn: Turn, usd: str) -> CostEntry:
    return CostEntry(
        session_id=session.id,
        turn_id=turn.id,
        run=1,
        usd=Decimal(usd),
        usage={},
        created_at=NOON,
    )
