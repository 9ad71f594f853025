"""/sessions: pages, and a search that ends."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from commands.sessions import MOST_LOOKED_AT, PAGE
from orchestrator_core.messages import Card
from orchestrator_core.model import Role
from orchestrator_core.rights import Audience
from tests.admitted import VIEWER, with_role
from tests.core import Core
from tests.messages import commands_of, facts_of


async def core_with(*names: str) -> Core:
    core = Core()
    for name in names:
        session = await core.session()
        async with core.store.transaction() as records:
            await records.sessions.save(replace(session, name=name, cost_usd=Decimal("0.12")))
    return core


async def test_the_newest_come_first_with_what_they_do_and_a_way_to_each() -> None:
    core = await core_with("first", "second")
    [card] = await core.answers("/sessions")

    assert isinstance(card, Card)
    assert facts_of(card) == {
        "#2": "second\nready · $0.12 · 0 seconds ago",
        "#1": "first\nready · $0.12 · 0 seconds ago",
    }
    assert commands_of(card) == ["/use 2", "/use 1"]
    assert card.summary == "#2 second, #1 first"


async def test_each_page_leads_to_the_next_until_all_were_seen() -> None:
    core = await core_with(*[f"s{n}" for n in range(2 * PAGE + 1)])
    seen, command = [], "/sessions"
    while command:
        [card] = await core.answers(command)
        seen.append(list(facts_of(card)))
        last = commands_of(card)[-1] or ""
        command = last if last.startswith("/sessions") else ""

    assert [len(page) for page in seen] == [PAGE, PAGE, 1]
    assert [one for page in seen for one in page] == [f"#{n}" for n in range(2 * PAGE + 1, 0, -1)]


@pytest.mark.parametrize("text", ["TEST", "ｔｅｓｔ", "the test"])
async def test_a_search_finds_names_in_any_case_and_width(text: str) -> None:
    core = await core_with("fix the Test", "川の俳句", "another")
    [card] = await core.answers(f"/sessions {text}")
    [poem] = await core.answers("/一覧 俳句")

    assert list(facts_of(card)) == ["#1"]
    assert list(facts_of(poem)) == ["#2"]


async def test_a_search_keeps_its_words_on_the_next_page() -> None:
    core = await core_with(*["api work"] * (PAGE + 1), "else")
    [card] = await core.answers("/sessions api")
    [rest] = await core.answers(commands_of(card)[-1] or "")

    assert commands_of(card)[-1] == f"/sessions api < {2}"
    assert list(facts_of(rest)) == ["#1"]


async def test_a_search_through_many_asks_before_it_goes_on() -> None:
    core = await core_with("needle", *["hay"] * MOST_LOOKED_AT)
    [card] = await core.answers("/sessions needle")
    [rest] = await core.answers(commands_of(card)[-1] or "")

    assert (card.text, facts_of(card)) == ("None among the newest. There are older ones.", {})
    assert list(facts_of(rest)) == ["#1"]


async def test_a_search_for_nothing_there_and_a_house_without_sessions_say_so() -> None:
    core = await core_with("something")
    [nothing] = await core.answers("/sessions else")
    [empty] = await Core().answers("/sessions")

    assert nothing.text == "No session has “else” in its name."
    assert commands_of(nothing) == ["/sessions"]
    assert empty.text.startswith("There is no session yet")


async def test_a_viewer_sees_only_what_is_open_to_them_and_only_looks() -> None:
    core = Core(audiences={"reviewer": Audience(roles=frozenset({Role.OPERATOR}))})
    await core.session(agent="reviewer")
    await core.session()
    async with core.store.transaction() as records:
        await records.people.save(with_role(Role.VIEWER))
    [card] = await core.answers("/sessions", person_id=VIEWER)

    assert commands_of(card) == ["/status 2"]
