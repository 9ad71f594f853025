"""`/budget` and `/cost`."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from orchestrator_core.budgets import Scope
from orchestrator_core.errors import PersonError
from orchestrator_core.messages import Card, Say
from orchestrator_core.model import Language, Person, Role
from tests.core import Core
from tests.money import a_budget, hold, spend


async def card_of(core: Core, said: str) -> Card:
    [card] = await core.answers(said)
    assert isinstance(card, Card)
    return card


def facts(card: Card) -> dict[str, str]:
    return {fact.label: fact.value for fact in card.facts}


async def test_budget_shows_how_much_of_each_is_spent() -> None:
    core = Core(budget_usd=Decimal(10), budgets=(a_budget("2"),))
    session = await core.session()
    await spend(core, session, await core.ask(session), 1)
    card = await card_of(core, "/budget")

    assert facts(card) == {
        "it (claude), today": "$1.00 of $2.00",
        "daily, today": "$1.00 of $10.00",
    }
    commands = [button.command for button in card.buttons]
    assert commands[:3] == [
        "/budget +1 it:claude",
        "/budget +5 it:claude",
        "/budget tomorrow it:claude",
    ]


async def test_without_any_budget_it_says_so() -> None:
    core = Core()

    assert "no budget" in await core.only_answer("/budget")
    assert "no budget" in await core.only_answer("/budget +5")


async def test_an_owner_grants_more_and_work_goes_on() -> None:
    core = Core(budget_usd=Decimal(2))
    await core.spend("2")
    before = await hold(core)
    text = await core.only_answer("/budget +5")

    assert before[0] is True
    assert text == "“daily” has $5.00 more: $2.00 of $7.00 are spent."
    assert (await hold(core))[0] is False


async def test_an_owner_lifts_a_limit_until_tomorrow() -> None:
    core = Core(budget_usd=Decimal(2))
    await core.spend("2")
    text = await core.only_answer("/budget tomorrow")

    assert text.startswith("“daily” has no limit until ")
    assert (await hold(core))[0] is False
    assert "lifted until" in facts(await card_of(core, "/予算"))["daily, today"]


async def test_where_each_session_has_its_own_one_is_raised_by_number() -> None:
    core = Core(budgets=(a_budget("2", scope=Scope.SESSION),))
    spent, other = await core.session(), await core.session()
    for session in (spent, other):
        await spend(core, session, await core.ask(session), 2)
    await core.only_answer(f"/budget $1 it:{spent.number}")

    assert (await hold(core))[1] == {other.id}


@pytest.mark.parametrize("argument", ["+0", "-5", "five", "+1000000", "+0.001", "nan", "+5 other"])
async def test_what_is_no_raise_is_explained_and_changes_nothing(argument: str) -> None:
    core = Core(budget_usd=Decimal(2))
    await core.spend("2")

    with pytest.raises(PersonError):
        await core.answers(f"/budget {argument}")
    assert (await hold(core))[0] is True


@pytest.mark.parametrize(
    ("budget", "raised", "asked_again"),
    [(2, "20", False), (2, "20.01", True), (50, "100", False), (50, "100.01", True)],
)
async def test_a_large_raise_is_asked_again_before_it_is_granted(
    budget: int, raised: str, asked_again: bool
) -> None:
    core = Core(budget_usd=Decimal(budget))
    await core.spend(str(budget))
    [said] = await core.answers(f"/budget +{raised}")
    held = await hold(core)
    assert isinstance(said, Say)

    assert held[0] is asked_again
    assert [one.command for one in said.buttons] == (
        [f"/budget +{raised} daily yes"] if asked_again else []
    )


async def test_a_large_raise_is_granted_by_the_button_that_asks_again() -> None:
    core = Core(budget_usd=Decimal(2))
    [asked] = await core.answers("/budget $5000")
    assert isinstance(asked, Say)
    text = await core.only_answer(asked.buttons[0].command or "")

    assert asked.text == "$5,000.00 more for “daily”: that is a lot. Did you mean it?"
    assert asked.buttons[0].label == "Yes, +$5,000.00"
    assert text == "“daily” has $5,000.00 more: $0.00 of $5,002.00 are spent."


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.VIEWER])
async def test_only_owners_raise_and_everybody_with_a_role_may_look(role: Role) -> None:
    core = Core(budget_usd=Decimal(2))
    person_id = "U" + "5" * 32
    async with core.store.transaction() as records:
        await records.people.save(Person(id=person_id, role=role, language=Language.ENGLISH))
    await core.session()
    [shown] = await core.answers("/budget", person_id=person_id)

    assert [button.command for button in shown.buttons] == ["/cost"]
    with pytest.raises(PersonError):
        await core.answers("/budget +5", person_id=person_id)


async def test_cost_shows_today_the_month_and_who_spent() -> None:
    core = Core()
    first, second = await core.session(), await core.session(agent="reviewer")
    for session, dollars in ((first, 1), (second, 3)):
        await spend(core, session, await core.ask(session, "look"), dollars)
    card = await card_of(core, "/cost")

    assert facts(card) == {
        "Today": "$4.00, estimated",
        "This month": "$4.00, estimated",
        "#2 look": "$3.00, estimated",
        "#1 look": "$1.00, estimated",
        "@reviewer": "$3.00, estimated",
        "@claude": "$1.00, estimated",
        "opus": "$4.00, estimated",
    }


async def test_cost_says_which_days_are_meant() -> None:
    card = await card_of(Core(), "/cost")

    assert card.text == "Bars: the last 7 days. Sessions, agents and models: this month."


async def test_what_cost_cannot_be_asked_is_said_with_what_it_can() -> None:
    with pytest.raises(PersonError, match=r"cost\.usage"):
        await Core().answers("/cost foo")


async def test_cost_draws_a_bar_for_each_of_seven_days() -> None:
    core = Core()
    session = await core.session()
    await spend(core, session, await core.ask(session), 2)
    core.clock.advance(timedelta(days=2))
    await spend(core, session, await core.ask(session), 1)
    chart = (await card_of(core, "/費用")).chart

    assert chart is not None and chart.picture is None
    assert [bar.share for bar in chart.bars] == [0, 0, 0, 0, 1, 0, 0.5]
    assert [bar.value for bar in chart.bars][-3:] == ["~$2.00", "$0.00", "~$1.00"]


async def test_cost_with_nothing_spent_draws_nothing_long() -> None:
    chart = (await card_of(Core(), "/cost")).chart

    assert chart is not None
    assert {bar.share for bar in chart.bars} == {0.0}


async def test_a_prompt_that_waits_is_told_for_which_budget() -> None:
    core = Core(budgets=(a_budget("2"),))
    session = await core.session()
    await spend(core, session, await core.ask(session), 2)

    assert (await core.only_answer("more")).startswith("The budget “it” of $2.00 is used up.")


async def test_cost_says_which_sums_are_estimates() -> None:
    core = Core()
    session = await core.session()
    await core.spend("1")
    # The sum above is of the first turn.
    _, second = [await core.ask(session) for _ in range(2)]
    await spend(core, session, second, 2)
    card = await card_of(core, "/cost")
    values = facts(card)

    assert card.chart is not None
    assert values["Today"] == values["This month"] == "$3.00, $2.00 of it estimated"
    assert values["opus"] == "$2.00, estimated"
    assert [bar.value for bar in card.chart.bars] == ["$0.00"] * 6 + ["~$3.00"]
