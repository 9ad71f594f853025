"""Who may do what, from the event to the answer: commands, buttons and prompts by every role."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from orchestrator_core.errors import PersonError
from orchestrator_core.incoming import ButtonTapped
from orchestrator_core.messages import (
    ApprovalTap,
    ChoiceTap,
    DeliveryTap,
    PageTap,
    QuestionTap,
    ResultTap,
    Tap,
    WholeCallTap,
)
from orchestrator_core.model import Choice, Role
from orchestrator_core.ports import AgentProfile
from orchestrator_core.rights import Action, Audience, may
from tests.admitted import IDS, OPERATOR, VIEWER, Town, home_of, town, with_role
from tests.core import Core
from tests.people import GROUP, OWNER, STRANGER, says

SAID = {
    Action.HELP: "/help",
    Action.STATUS: "/status",
    Action.PROMPT: "fix the test",
    Action.NEW: "/new fix the test",
    Action.USE: "/use",
    Action.STOP: "/stop all",
    Action.AGENT: "/agent",
    Action.SESSIONS: "/sessions",
    Action.LOG: "/log",
    Action.TAIL: "/tail",
    Action.QUEUE: "/queue",
    Action.CHANGE_QUEUE: "/queue drop 1",
    Action.NAME: "/name api",
    Action.RETRY: "/retry",
    Action.FORK: "/fork",
    Action.INTERRUPT: "/interrupt",
    Action.MODEL: "/model opus",
    Action.MODE: "/mode plan",
    Action.APPROVE: "/approve",
    Action.DENY: "/deny",
    Action.SCHEDULE: "/schedule",
    Action.COST: "/cost",
    Action.BUDGET: "/budget",
    Action.PAIR: "/pair",
    Action.PEOPLE: "/people",
    Action.FILES: "/files",
    Action.QUOTA: "/quota",
    Action.QUOTA_MODE: "/quota frugal",
    Action.INBOX: "/inbox",
    Action.MORE: "/more",
    Action.LANG: "/lang",
    Action.WHOAMI: "/whoami",
}
TAPPED: list[tuple[Action, Tap]] = [
    (Action.APPROVE, ApprovalTap(approval_id=1, nonce="n", allow=True)),
    (Action.APPROVE, WholeCallTap(approval_id=1, nonce="n")),
    (Action.APPROVE, QuestionTap(approval_id=1, nonce="n", question=0, option=0)),
    (Action.CHOOSE, ChoiceTap(turn_id=1, session_id="0" * 32, choice=Choice.AGAIN)),
    (Action.RESEND, DeliveryTap(delivery_id=1, nonce="n")),
    (Action.MORE, PageTap(turn_id=1, session_id="0" * 32, page=2)),
    (Action.INBOX, ResultTap(turn_id=1, session_id="0" * 32)),
]
REFUSALS = {
    Role.OPERATOR: "You are an operator here.",
    Role.VIEWER: "You are a viewer here:",
    Role.STRANGER: "Hello. I do not know you yet.",
}


def is_refused(role: Role, answers: list[str]) -> bool:
    return any(text.startswith(REFUSALS.get(role, "never")) for text in answers)


async def prompts(core: Core) -> list[str]:
    async with core.store.read() as records:
        busy = await records.turns.busy_sessions()
    return [turn.prompt for one in busy for turn in await core.open_turns(one)]


@pytest.mark.parametrize(("action", "role"), list(product(SAID, Role)))
async def test_what_a_person_says_is_done_or_refused_as_the_table_has_it(
    action: Action, role: Role
) -> None:
    here = await town()
    answers = await here.say(IDS[role], SAID[action])

    assert is_refused(role, answers) is not may(role, action)
    if not may(role, action):
        assert await prompts(here.core) == []


@pytest.mark.parametrize(
    ("action", "tap", "role"),
    [(action, tap, role) for (action, tap), role in product(TAPPED, [*Role][:3])],
)
async def test_a_button_is_worth_what_the_person_may_do(
    action: Action, tap: Tap, role: Role
) -> None:
    core, person = Core(), with_role(role)
    tapped = ButtonTapped(chat=home_of(person.id), person_id=person.id, reply_token=None, tap=tap)
    async with core.store.transaction() as records:
        await records.people.save(person)
    with pytest.raises(PersonError) as error:
        await core.answers(tapped)

    # There is nothing behind these buttons: whoever may tap them is told that instead.
    assert error.value.key.startswith("rights.refused") is not may(role, action)


def test_no_command_is_left_out_here() -> None:
    assert {one.name for one in Core().router.registry} <= {*SAID}


async def test_help_shows_what_the_person_may_do() -> None:
    here = await town()
    [shown] = await here.say(VIEWER, "/help")

    assert "/status" in shown
    assert "/new" not in shown
    assert "/people" not in shown


async def test_a_viewer_in_a_group_is_refused_only_when_denrei_is_meant() -> None:
    here = await town()
    unheard = await here.say(VIEWER, "what a day", chat=GROUP)
    meant = replace(says("fix it", person_id=VIEWER, chat=GROUP), mentioned=True)
    await here.core.receive(meant)
    await here.core.intake().handle_new()

    assert unheard == []
    assert (await here.core.texts())[-1].startswith("You are a viewer here:")
    assert await prompts(here.core) == []


async def with_reviewers() -> Town:
    """The agent `reviewer` is for viewers, `secret` for owners; `claude` for all."""
    profiles = {name: AgentProfile(name=name) for name in ("claude", "reviewer", "secret")}
    audiences = {
        "secret": Audience(roles=frozenset({Role.OWNER})),
        "reviewer": Audience(people=frozenset({VIEWER})),
    }
    return await Town(Core(profiles=profiles, audiences=audiences)).settle()


async def test_an_agent_that_is_for_others_starts_no_session() -> None:
    here = await with_reviewers()
    refused = await here.say(OPERATOR, "/new @secret sell the shop")
    chosen = await here.say(OPERATOR, "/agent secret")
    unknown = await here.say(OPERATOR, "/new @nobody hello")

    assert refused == chosen
    assert refused[0].startswith("You may not use the agent @secret.")
    assert unknown[0].startswith("There is no agent @nobody.")
    assert await prompts(here.core) == []


async def test_the_agent_of_a_group_does_not_lend_its_rights() -> None:
    here = await with_reviewers()
    await here.say(OWNER, "/agent secret", chat=GROUP)
    [refused] = await here.say(OPERATOR, "/new sell the shop", chat=GROUP)

    assert refused.startswith("You may not use the agent @secret.")


async def test_a_session_of_another_s_agent_is_not_there() -> None:
    here = await with_reviewers()
    await here.say(OWNER, "/new @secret the plan")
    shown = [await here.say(OPERATOR, said) for said in ("/status 1", "/use 1", "/stop 1")]
    listed = await here.say(VIEWER, "/status")
    await here.say(OPERATOR, "/stop all")

    assert all("I know no session “1”" in answer for [answer] in shown)
    assert "the plan" not in listed[0]
    assert await prompts(here.core) == ["the plan"]


async def test_the_current_session_of_a_group_may_be_for_others() -> None:
    here = await with_reviewers()
    await here.say(OWNER, "/new @secret the plan", chat=GROUP)
    meant = replace(says("and mine", person_id=OPERATOR, chat=GROUP), mentioned=True)
    await here.core.receive(meant)
    await here.core.intake().handle_new()
    [status] = await here.say(OPERATOR, "/status", chat=GROUP)

    assert status.startswith("You may not use the agent @secret.")
    assert await prompts(here.core) == ["the plan"]


async def test_a_viewer_s_buttons_lead_where_a_viewer_may_go() -> None:
    here = await town()
    await here.say(OWNER, "/new the plan")
    await here.say(VIEWER, "/status")
    listed = (await here.core.deliveries())[-1].messages[-1]
    await here.say(VIEWER, "/status 1")
    card = (await here.core.deliveries())[-1].messages[-1]

    assert [*listed["buttons"].values()] == ["/status 1"]
    assert card["buttons"] == {}


async def test_a_stranger_s_command_is_nothing_but_a_knock() -> None:
    here = await town()
    told = await here.say(STRANGER, "/people")

    assert told[0].startswith("Hello. I do not know you yet.")
    assert "owner" not in told[0].replace("my owners", "")
