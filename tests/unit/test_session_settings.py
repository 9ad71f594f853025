"""What a session is called, which model it has, and how freely it works."""

from __future__ import annotations

import pytest

from orchestrator_core.errors import PersonError
from orchestrator_core.model import Mode, Session
from tests.core import Core
from tests.fakes.agent import FakeAgentLauncher
from tests.messages import commands_of, facts_of
from tests.turns import run_all


async def used(core: Core, session: Session, prompt: str) -> tuple[str | None, Mode]:
    """Model and mode of the Claude that carried out a prompt."""
    await core.ask(session, prompt)
    await run_all(core.worker())
    profile = core.launcher.clients[-1].profile
    return profile.model, profile.mode


async def test_a_name_is_given_to_the_current_session_and_finds_it() -> None:
    core = Core()
    session = await core.session()
    told = await core.only_answer("/name  api-fix ")
    await core.session()
    found = await core.only_answer("/use API-FIX")

    assert told == "Session #1 is called “api-fix” now."
    assert found == "You are now in #1 api-fix."
    assert (await core.read_session(session.id)).name == "api-fix"
    assert core.store.audit_entries[0].detail == {"name": "api-fix"}


async def test_a_name_stays_when_the_first_prompt_comes() -> None:
    core = Core()
    session = await core.session()
    await core.answers("/name api-fix")
    await core.answers("fix the test")

    assert (await core.read_session(session.id)).name == "api-fix"


async def test_another_session_is_named_with_its_number_first() -> None:
    core = Core()
    first, second = await core.session(), await core.session()
    await core.answers("/名前 ＃1 二つ 目")

    assert (await core.read_session(first.id)).name == "二つ 目"
    assert (await core.read_session(second.id)).name is None


@pytest.mark.parametrize("line", ["/name", "/name #1", "/name \n"])
async def test_a_name_of_nothing_is_asked_for(line: str) -> None:
    core = Core()
    await core.session()
    with pytest.raises(PersonError) as error:
        await core.answers(line)

    assert error.value.key == "name.usage"


async def test_a_secret_is_no_name() -> None:
    core = Core()
    session = await core.session()
    await core.answers("/name sk-ant-api03-" + "a1B2" * 20)

    assert "a1B2a1B2" not in ((await core.read_session(session.id)).name or "")


async def test_a_model_counts_from_the_next_prompt_on_until_it_is_taken_back() -> None:
    core = Core()
    session = await core.session()
    first = await used(core, session, "one")
    told = await core.only_answer("/model Opus")
    chosen = await used(core, session, "two")
    await core.answers("/model default")
    after = await used(core, session, "three")

    assert (first[0], chosen[0], after[0]) == (None, "opus", None)
    assert told.endswith("works with opus from its next prompt on.")
    assert len(core.launcher.clients) == 3
    assert core.launcher.conversations.popitem()[1] == ["one", "two", "three"]


async def test_the_models_are_offered_for_this_very_session() -> None:
    core = Core()
    await core.session()
    await core.session()
    [message] = await core.answers("/モデル #1")

    assert message.text == "#1 works with: Claude Code's own choice. Which model shall it be?"
    assert commands_of(message) == [
        f"/model #1 {name}" for name in ("opus", "sonnet", "haiku", "default")
    ]


@pytest.mark.parametrize("name", ["two words", "--flag", "a;b", "x" * 101, "モデル"])
async def test_what_is_no_name_of_a_model_is_refused(name: str) -> None:
    core = Core()
    await core.session()
    with pytest.raises(PersonError) as error:
        await core.answers(f"/model {name}")

    assert error.value.key == "model.usage"


@pytest.mark.parametrize(
    ("word", "mode"),
    [
        ("plan", Mode.PLAN),
        ("計画", Mode.PLAN),
        ("acceptEdits", Mode.ACCEPT_EDITS),
        ("ACCEPTEDITS", Mode.ACCEPT_EDITS),
        ("default", Mode.DEFAULT),
    ],
)
async def test_a_mode_counts_from_the_next_prompt_on(word: str, mode: Mode) -> None:
    core = Core(launcher=FakeAgentLauncher())
    session = await core.session()
    text = await core.only_answer(f"/mode {word}")

    assert (await used(core, session, "one"))[1] is mode
    assert "The safety rules stay." in text


async def test_an_unknown_mode_is_refused_and_the_known_ones_are_offered() -> None:
    core = Core()
    await core.session()
    with pytest.raises(PersonError) as error:
        await core.answers("/mode bypassPermissions")
    [asked] = await core.answers("/モード")

    assert error.value.key == "mode.usage"
    assert [one.command for one in error.value.buttons] == commands_of(asked)
    assert commands_of(asked) == ["/mode #1 plan", "/mode #1 acceptEdits", "/mode #1 default"]


@pytest.mark.parametrize("line", ["/name x", "/model opus", "/mode plan", "/tail", "/log"])
async def test_without_a_session_there_is_none_to_change(line: str) -> None:
    with pytest.raises(PersonError) as error:
        await Core().answers(line)

    assert error.value.key == "session.none"


async def test_the_status_tells_what_was_chosen_for_the_session_alone() -> None:
    core = Core()
    await core.session()
    [plain] = await core.answers("/status")
    for line in ("/model opus", "/mode plan"):
        await core.answers(line)
    [chosen] = await core.answers("/status")

    assert not {"Model", "Mode"} & facts_of(plain).keys()
    assert facts_of(chosen)["Model"] == "opus"
    assert facts_of(chosen)["Mode"] == "plan only, nothing is changed"
