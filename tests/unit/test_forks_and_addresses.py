"""A copy of a conversation, and prompts for a session that is not the current one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orchestrator_core.errors import PersonError
from orchestrator_core.messages import Card
from orchestrator_core.model import Mode, Role
from orchestrator_core.rights import Audience
from tests.admitted import OPERATOR, with_role
from tests.core import Core
from tests.fakes.agent import FakeAgentLauncher, finished
from tests.messages import commands_of
from tests.people import GROUP, OWNER, says
from tests.turns import run_all


async def asked(core: Core, *prompts: str) -> None:
    for prompt in prompts:
        await core.answers(prompt)
        await run_all(core.worker())


async def test_a_copy_goes_on_from_there_and_the_source_stays_as_it_was() -> None:
    core = Core()
    source = await core.session(agent="reviewer")
    await asked(core, "/name api", "/model opus", "/mode plan", "one")
    [told] = await core.answers("/fork")
    await asked(core, "two", "/use 1", "three")
    fork = (await core.answers("/sessions copy"))[0]

    assert told.text.startswith(
        "You are now in #2 api (copy). It knows all that was said in #1 api"
    )
    assert isinstance(fork, Card) and len(fork.facts) == 1
    assert list(core.launcher.conversations.values()) == [["one", "three"], ["one", "two"]]
    made = core.launcher.clients[1].session
    assert (made.agent, made.workspace) == ("reviewer", source.workspace)
    assert (made.model, made.mode) == ("opus", Mode.PLAN)
    assert "session.fork" in [entry.action for entry in core.store.audit_entries]


async def test_a_copy_with_a_text_begins_at_once() -> None:
    core = Core()
    await core.session()
    await core.session()
    await asked(core, "/use 1", "one", "/use 2")
    said = await core.answers("/分岐 #1 the other way")
    await run_all(core.worker())

    assert said == []
    assert core.launcher.prompts == ["one", "the other way"]
    assert core.launcher.clients[-1].session.forked_from is not None


async def test_a_copy_of_a_copy_that_has_not_begun_is_one_of_the_source() -> None:
    core = Core()
    await core.session()
    await asked(core, "one", "/fork", "/fork", "two")

    assert list(core.launcher.conversations.values()) == [["one"], ["one", "two"]]


async def test_a_copy_begins_at_the_end_of_the_last_turn_that_came_to_one() -> None:
    ended = replace(finished("ok"), head="message-7")
    core = Core(launcher=FakeAgentLauncher(script=lambda _: [ended]))
    await core.session()
    await asked(core, "one")
    await core.answers("/fork two")
    await run_all(core.worker())

    assert core.launcher.clients[-1].session.forked_at == "message-7"


async def test_where_nothing_was_said_there_is_nothing_to_copy() -> None:
    core = Core()
    await core.session()
    with pytest.raises(PersonError) as error:
        await core.answers("/fork")

    assert error.value.key == "fork.nothing"


async def test_when_the_source_is_gone_the_copy_begins_anew_instead_of_failing_for_ever() -> None:
    core = Core()
    await core.session()
    await asked(core, "one", "/fork")
    core.launcher.conversations.clear()
    await asked(core, "two", "three")

    assert core.launcher.prompts == ["one", "three"]


@pytest.mark.parametrize("line", ["@api go on", "＠API go on", "@1 go on", "@#1 go on"])
async def test_a_prompt_goes_to_the_session_named_and_the_current_one_stays(line: str) -> None:
    core = Core()
    first = await core.session()
    await core.answers("/name api")
    second = await core.session()
    said = await core.answers(line)
    await core.answers("for the current one")

    assert said == []
    assert [one.prompt for one in await core.open_turns(first.id)] == ["go on"]
    assert [one.prompt for one in await core.open_turns(second.id)] == ["for the current one"]


async def test_a_name_nobody_has_reaches_nobody() -> None:
    core = Core()
    session = await core.session()
    with pytest.raises(PersonError) as error:
        await core.answers("@apo delete it")
    with pytest.raises(PersonError) as agent:
        await core.answers("@Reviewer look at it")

    assert error.value.key == agent.value.key == "address.unknown"
    assert error.value.buttons == ()
    assert [one.command for one in agent.value.buttons] == ["/new @Reviewer look at it"]
    assert await core.open_turns(session.id) == []


async def test_of_two_with_one_name_a_button_sends_it_to_either() -> None:
    core = Core()
    for _ in range(2):
        await core.session()
        await core.answers("/name api")
    with pytest.raises(PersonError) as error:
        await core.answers("@api go on")
    buttons = [one.command for one in error.value.buttons]
    await core.answers(buttons[1] or "")

    assert buttons == ["@2 go on", "@1 go on"]
    assert core.store.audit_entries[-1].action == "session.ask"


async def test_a_name_alone_shows_the_session() -> None:
    core = Core()
    await core.session()
    [card] = await core.answers("@1")

    assert isinstance(card, Card) and card.title == "#1"
    assert "/stop 1" in commands_of(card)


async def test_sessions_of_an_agent_one_may_not_use_are_not_reached() -> None:
    core = Core(
        audiences={"reviewer": Audience()} | {"claude": Audience(people=frozenset({OWNER}))}
    )
    session = await core.session(agent="claude")
    async with core.store.transaction() as records:
        await records.people.save(with_role(Role.OPERATOR))
    for line in ("@1 go on", "/fork #1", "/interrupt 1", "/queue #1", "/log 1", "/tail 1"):
        with pytest.raises(PersonError):
            await core.answers(line, person_id=OPERATOR)

    assert await core.open_turns(session.id) == []


async def test_what_people_in_a_group_say_to_each_other_is_for_them() -> None:
    core = Core()
    session = await core.session(chat=GROUP)

    assert await core.answers(says("@1 look at this", chat=GROUP)) == []
    assert await core.open_turns(session.id) == []
