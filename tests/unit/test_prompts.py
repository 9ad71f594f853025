"""What becomes a prompt, in which session, and when it is kept for later."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from orchestrator_core.errors import PersonError
from orchestrator_core.model import SessionState, TurnState
from tests.core import Core, token
from tests.messages import commands_of
from tests.people import GROUP, says


async def test_new_with_a_text_asks_it_in_a_session_of_its_own() -> None:
    core = Core()
    old = await core.session()
    said = await core.answers("/new fix the\nfailing test")
    async with core.store.read() as records:
        [new, _] = await records.sessions.page(limit=5)
    [turn] = await core.open_turns(new.id)

    assert said == []
    assert await core.open_turns(old.id) == []
    assert (turn.prompt, turn.state) == ("fix the\nfailing test", TurnState.QUEUED)
    assert new.label == "#2 fix the"
    assert new.workspace == "/work"


async def test_new_without_a_text_waits_for_the_first_prompt() -> None:
    core = Core()
    text = await core.only_answer("/new")
    await core.answers("hello")
    async with core.store.read() as records:
        sessions = await records.sessions.page(limit=5)

    assert text == "Session #1 is ready (agent: claude). What shall Claude do?"
    assert [session.name for session in sessions] == ["hello"]


async def test_new_may_name_an_agent_in_any_case_and_width() -> None:
    core = Core()
    await core.answers("/new ＠Ｒｅｖｉｅｗｅｒ look at it")
    async with core.store.read() as records:
        [session] = await records.sessions.page(limit=5)

    assert (session.agent, session.workspace) == ("reviewer", "/srv/review")


async def test_an_unknown_agent_starts_nothing_and_offers_the_known_ones() -> None:
    core = Core()
    with pytest.raises(PersonError) as error:
        await core.answers("/new @nobody hello")

    assert error.value.key == "agent.unknown"
    assert [b.command for b in error.value.buttons] == ["/new @claude", "/new @reviewer"]
    async with core.store.read() as records:
        assert await records.sessions.page(limit=5) == []


async def test_plain_text_starts_the_first_session_and_stays_in_it() -> None:
    core = Core()
    for text in ("one", "two"):
        assert await core.answers(text) == []
    async with core.store.read() as records:
        [session] = await records.sessions.page(limit=5)

    assert [turn.prompt for turn in await core.open_turns(session.id)] == ["one", "two"]


async def test_a_prompt_keeps_its_reply_token_for_its_answer() -> None:
    core = Core()
    session = await core.session()
    reply = token(core)
    await core.answers(says("hello", reply_token=reply))

    assert [turn.reply_token for turn in await core.open_turns(session.id)] == [reply]


async def test_a_prompt_to_a_stopped_session_is_held_and_use_releases_it() -> None:
    core = Core()
    session = await core.session()
    await core.answers("/stop")
    [held] = await core.answers(says("hello", reply_token=token(core)))
    [waiting] = await core.open_turns(session.id)
    [used] = await core.answers("/use 1")
    [released] = await core.open_turns(session.id)

    assert "is stopped. I have kept your message" in held.text
    assert commands_of(held) == ["/use 1", "/new"]
    # The notice takes the token, so the turn must not use it again.
    assert (waiting.state, waiting.reply_token) == (TurnState.HELD, None)
    assert used.text.endswith("1 kept prompt runs now.")
    assert released.state is TurnState.QUEUED
    assert (await core.read_session(session.id)).state is SessionState.IDLE


async def test_when_the_budget_is_used_up_a_prompt_is_kept_and_told_until_when() -> None:
    core = Core(budget_usd=Decimal(5))
    session = await core.session()
    await core.spend("5")
    [notice] = await core.answers("hello")
    [turn] = await core.open_turns(session.id)

    assert notice.text == (
        "Today's budget of $5.00 is used up. I have kept your message;"
        " it runs after 01/02 00:00 JST."
    )
    assert turn.state is TurnState.QUEUED


@pytest.mark.parametrize("prefix", ["", "/new "])
async def test_a_text_too_long_is_refused_and_starts_nothing(prefix: str) -> None:
    core = Core()
    with pytest.raises(PersonError) as error:
        await core.answers(prefix + "x" * 100_001)

    assert error.value.key == "prompt.too_long"
    async with core.store.read() as records:
        assert await records.sessions.page(limit=1) == []


async def test_a_path_is_a_prompt() -> None:
    core = Core()
    session = await core.session()
    await core.answers("/etc/hosts is broken")

    assert [turn.prompt for turn in await core.open_turns(session.id)] == ["/etc/hosts is broken"]


async def test_two_chats_have_a_current_session_each() -> None:
    core = Core()
    at_work = replace(says("in the group", chat=GROUP), mentioned=True)
    await core.answers(at_work)
    await core.answers("at home")
    await core.answers(replace(at_work, text="again in the group"))
    async with core.store.read() as records:
        [home, group] = await records.sessions.page(limit=5)

    assert [turn.prompt for turn in await core.open_turns(home.id)] == ["at home"]
    assert len(await core.open_turns(group.id)) == 2


async def test_an_api_caller_s_key_makes_one_turn() -> None:
    core = Core()
    session = await core.session(chat=None)
    async with core.store.transaction() as records:
        first, again = [
            await core.desk.ask(records, session, "hi", now=core.clock.now(), idempotency_key="k")
            for _ in range(2)
        ]

    assert (first.is_new, again.is_new) == (True, False)
    assert again.turn == first.turn
    assert first.turn.origin is None


async def test_a_session_taken_up_again_says_when_the_budget_keeps_its_prompts_waiting() -> None:
    core = Core(budget_usd=Decimal(5))
    session = await core.session()
    await core.ask(session)
    await core.answers("/stop")
    await core.answers("kept for later")
    await core.spend("5")
    [answer] = await core.answers(f"/use {session.number}")

    assert "Today's budget of $5.00 is used up" in answer.text
    assert "runs now" not in answer.text
