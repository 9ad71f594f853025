"""`/agent`: which one new sessions of a chat start with."""

from __future__ import annotations

import pytest

from orchestrator_core.errors import PersonError
from orchestrator_core.model import Role
from orchestrator_core.ports import AgentProfile
from orchestrator_core.rights import Audience
from tests.admitted import OPERATOR, Town, home_of
from tests.core import Core
from tests.messages import commands_of
from tests.people import GROUP, HOME, OWNER, says

OWNERS = Audience(roles=frozenset({Role.OWNER}))


async def test_the_chosen_agent_is_that_of_new_sessions_in_this_chat_alone() -> None:
    core = Core()
    [chosen] = await core.answers("/agent @Reviewer")
    await core.answers("look at the last commit")
    await core.answers(says("/new and here", chat=GROUP))
    async with core.store.read() as records:
        in_group, at_home = await records.sessions.page(limit=5)

    assert chosen.text.startswith("New sessions of this chat start with @reviewer from now on.")
    assert commands_of(chosen) == ["/new"]
    assert (at_home.chat, at_home.agent) == (HOME, "reviewer")
    assert (in_group.chat, in_group.agent) == (GROUP, "claude")


async def test_a_session_that_is_there_stays_with_its_agent() -> None:
    core = Core()
    await core.answers("hello")
    await core.answers("/agent reviewer")
    await core.answers("and more")
    async with core.store.read() as records:
        [session] = await records.sessions.page(limit=5)

    assert session.agent == "claude"
    assert len(await core.open_turns(session.id)) == 2


@pytest.mark.parametrize("word", ["/agent", "/エージェント"])
async def test_the_agents_are_listed_as_buttons(word: str) -> None:
    core = Core()
    [before] = await core.answers(word)
    await core.answers("/agent reviewer")
    [after] = await core.answers(word)

    assert commands_of(before) == ["/agent claude", "/agent reviewer"]
    assert "@claude" in before.text
    assert "@reviewer" in after.text


async def test_an_agent_that_is_none_is_said_so() -> None:
    core = Core()
    with pytest.raises(PersonError) as error:
        await core.answers("/agent nobody")

    assert error.value.key == "agent.unknown"
    assert [button.command for button in error.value.buttons] == ["/new @claude", "/new @reviewer"]


async def test_whoever_may_not_use_the_default_agent_starts_with_one_they_may() -> None:
    profiles = {name: AgentProfile(name=name) for name in ("claude", "docs", "shop")}
    here = Town(Core(profiles=profiles, audiences={"claude": OWNERS, "docs": OWNERS}))
    await here.settle()
    await here.say(OPERATOR, "hello")
    await here.say(OWNER, "hello")
    listed = await here.say(OPERATOR, "/agent")
    async with here.core.store.read() as records:
        agents = {one.chat: one.agent for one in await records.sessions.page(limit=5)}

    assert agents == {home_of(OPERATOR): "shop", HOME: "claude"}
    assert listed == ["New sessions of this chat start with @shop. Which agent shall it be?"]


async def test_where_no_agent_is_open_to_a_person_it_is_said_so() -> None:
    here = Town(Core(audiences=dict.fromkeys(("claude", "reviewer"), OWNERS)))
    await here.settle()
    said = [await here.say(OPERATOR, text) for text in ("hello", "/new", "/agent")]

    assert {answer[0] for answer in said} == {"You may not use the agent @claude."}
