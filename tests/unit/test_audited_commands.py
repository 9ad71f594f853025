"""Whatever a person changes from a chat leaves one entry in the audit; reading leaves none."""

from __future__ import annotations

import pytest

from orchestrator_core.model import AuditEntry
from tests.core import Core
from tests.people import HOME, OWNER


async def left_by(core: Core, *said: str) -> list[AuditEntry]:
    """The entries that these leave."""
    before = len(core.store.audit_entries)
    for one in said:
        await core.answers(one)
    return core.store.audit_entries[before:]


@pytest.fixture
async def core() -> Core:
    """With a session that is current in the owner's chat."""
    made = Core()
    await made.know()
    await made.session()
    return made


@pytest.mark.parametrize(
    ("said", "actions"),
    [
        ("/new", ["session.start"]),
        ("/new find it", ["session.start", "session.ask"]),
        ("find it", ["session.ask"]),
        ("/use 1", ["session.use"]),
        ("/stop", ["session.stop"]),
        ("/agent reviewer", ["chat.agent"]),
    ],
)
async def test_a_change_is_in_the_audit_with_who_and_where(
    core: Core, said: str, actions: list[str]
) -> None:
    left = await left_by(core, said)

    assert [entry.action for entry in left] == actions
    assert {(entry.actor, entry.channel) for entry in left} == {(OWNER, "line")}


@pytest.mark.parametrize("said", ["/help", "/status", "/use", "/agent", "/status 1"])
async def test_what_only_looks_leaves_nothing(core: Core, said: str) -> None:
    assert await left_by(core, said) == []


async def test_a_prompt_s_words_are_not_in_the_audit(core: Core) -> None:
    [entry] = await left_by(core, "a very private prompt")

    [turn] = await core.open_turns(str(entry.session_id))
    assert entry.detail == {"turn_id": turn.id}


async def test_taking_a_stopped_session_up_again_says_how_many_prompts_run_now(
    core: Core,
) -> None:
    [*_, entry] = await left_by(core, "/stop", "one", "two", "/use 1")

    assert (entry.action, entry.detail) == ("session.use", {"released": 2})


async def test_which_agent_a_chat_has_is_noted_with_the_chat(core: Core) -> None:
    [entry] = await left_by(core, "/agent reviewer")

    assert entry.detail == {"agent": "reviewer", "chat_id": HOME.id}
