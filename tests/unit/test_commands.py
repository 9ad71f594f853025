"""What a person may ask for, and what they are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from orchestrator_core.errors import PersonError
from orchestrator_core.incoming import ButtonTapped, Followed, UnsupportedSent
from orchestrator_core.messages import Card, Say
from orchestrator_core.model import Language, SessionState, Turn, TurnState
from tests.core import GROUP, HOME, OWNER, Core, at_home, commands_of, facts_of, says, token


async def turns(core: Core, session_id: str) -> list[Turn]:
    async with core.store.read() as records:
        return await records.turns.open_of(session_id)


async def only_text(core: Core, said: str) -> str:
    [message] = await core.answers(said)
    return message.text


async def set_state(core: Core, session_id: str, state: SessionState) -> None:
    session = await core.read_session(session_id)
    async with core.store.transaction() as records:
        await records.sessions.save(replace(session, state=state))


async def test_new_with_a_text_asks_it_in_a_session_of_its_own() -> None:
    core = Core()
    old = await core.session()
    said = await core.answers("/new fix the\nfailing test")
    async with core.store.read() as records:
        [new, _] = await records.sessions.page(limit=5)
    [turn] = await turns(core, new.id)

    assert said == []
    assert await turns(core, old.id) == []
    assert (turn.prompt, turn.state) == ("fix the\nfailing test", TurnState.QUEUED)
    assert new.label == "#2 fix the"
    assert new.workspace == "/work"


async def test_new_without_a_text_waits_for_the_first_prompt() -> None:
    core = Core()
    text = await only_text(core, "/new")
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

    assert [turn.prompt for turn in await turns(core, session.id)] == ["one", "two"]


async def test_a_prompt_keeps_its_reply_token_for_its_answer() -> None:
    core = Core()
    session = await core.session()
    reply = token(core)
    await core.answers(says("hello", reply_token=reply))

    assert [turn.reply_token for turn in await turns(core, session.id)] == [reply]


async def test_a_prompt_to_a_stopped_session_is_held_and_use_releases_it() -> None:
    core = Core()
    session = await core.session()
    await core.answers("/stop")
    [held] = await core.answers(says("hello", reply_token=token(core)))
    [waiting] = await turns(core, session.id)
    [used] = await core.answers("/use 1")
    [released] = await turns(core, session.id)

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
    [turn] = await turns(core, session.id)

    assert notice.text == (
        "Today's budget of $5.00 is used up. I have kept your message; it runs after 01/02 00:00."
    )
    assert turn.state is TurnState.QUEUED


@pytest.mark.parametrize("reference", ["1", "１", "#1", "＃１", "FIX THE TEST", "ｆｉｘ the test"])
async def test_use_finds_a_session_by_number_or_name(reference: str) -> None:
    core = Core()
    await core.answers("/new fix the test")
    await core.answers("/new another")
    text = await only_text(core, f"/use {reference}")

    assert text == "You are now in #1 fix the test."


async def test_use_finds_a_session_by_its_short_id() -> None:
    core = Core()
    session = await core.session()
    await core.session()
    text = await only_text(core, f"/使う {session.short_id.upper()}")

    assert text == "You are now in #1."


async def test_use_without_a_name_lists_sessions_as_buttons() -> None:
    core = Core()
    await core.answers("/new first")
    await core.answers("/new second")
    [message] = await core.answers("/use")

    assert message.text == "Which session?\n\n#2 second · ready\n#1 first · ready"
    assert commands_of(message) == ["/use 2", "/use 1"]


async def test_use_with_no_session_at_all_offers_a_new_one() -> None:
    [message] = await Core().answers("/use")

    assert message.text == "There is no session yet. Send me a task to start one."
    assert commands_of(message) == ["/new"]


async def test_an_unknown_session_is_said_so_and_the_known_ones_are_offered() -> None:
    core = Core()
    await core.session()
    for command in ("/use", "/status", "/stop"):
        with pytest.raises(PersonError) as error:
            await core.answers(f"{command} 99")
        assert error.value.key == "session.unknown"
        assert [button.command for button in error.value.buttons] == ["/use 1"]


async def test_an_ambiguous_name_asks_which_one() -> None:
    core = Core()
    await core.answers("/new tests")
    await core.answers("/new Tests")
    with pytest.raises(PersonError) as error:
        await core.answers("/use TESTS")

    assert error.value.key == "session.ambiguous"
    assert [button.command for button in error.value.buttons] == ["/use 2", "/use 1"]


async def test_a_number_means_the_session_of_that_number_whatever_others_are_called() -> None:
    """Or the button that is to choose between two would ask again for ever."""
    core = Core()
    await core.answers("/new hello")
    await core.answers("/new 1")
    text = await only_text(core, "/use 1")

    assert text == "You are now in #1 hello."


async def test_status_is_a_card_with_all_that_matters() -> None:
    core = Core()
    session = await core.session()
    await core.answers("fix the test")
    await core.answers("then the next")
    async with core.store.transaction() as records:
        now = await records.sessions.lock(session.id)
        await records.sessions.save(
            replace(now, cost_usd=Decimal("0.0421"), last_line="All green.")
        )
    core.clock.advance(timedelta(hours=2, minutes=59))
    [card] = await core.answers("/status")

    assert isinstance(card, Card)
    assert (card.title, card.text) == ("#1 fix the test", "All green.")
    assert card.summary == "#1: ready, $0.04"
    assert facts_of(card) == {
        "State": "ready",
        "Age": "2 hours",
        "Waiting": "2 prompts",
        "Cost": "$0.04",
        "Agent": "claude",
        "Id": session.short_id,
    }
    assert commands_of(card) == ["/stop 1", "/use"]


@pytest.mark.parametrize(
    ("age", "shown"),
    [
        (timedelta(seconds=-5), "0 seconds"),
        (timedelta(seconds=1), "1 second"),
        (timedelta(seconds=59), "59 seconds"),
        (timedelta(seconds=60), "1 minute"),
        (timedelta(hours=23, minutes=59), "23 hours"),
        (timedelta(days=400), "400 days"),
    ],
)
async def test_an_age_is_told_in_the_largest_unit(age: timedelta, shown: str) -> None:
    core = Core()
    await core.session()
    core.clock.advance(age)
    [card] = await core.answers("/status 1")

    assert facts_of(card)["Age"] == shown


async def test_status_of_a_stopped_session_offers_to_resume_it() -> None:
    core = Core()
    await core.session()
    await core.answers("/stop")
    [card] = await core.answers("/status")

    assert commands_of(card) == ["/use 1", "/use"]


async def test_status_without_a_current_session_lists_them() -> None:
    [message] = await Core().answers("/status")

    assert message.text.startswith("There is no session yet")


async def test_stop_ends_the_current_session_and_says_what_is_dropped() -> None:
    core = Core()
    session = await core.session()
    running = await core.ask(session, "one")
    await core.save_turn(running, state=TurnState.RUNNING)
    waiting = await core.ask(session, "two")
    [message] = await core.answers("/stop")

    assert message.text == "Stopped #1 one.\n2 prompts will not be answered."
    assert commands_of(message) == ["/use 1"]
    assert (await core.read_turn(running.id)).stop_requested
    assert (await core.read_turn(waiting.id)).state is TurnState.STOPPED
    assert (await core.read_session(session.id)).state is SessionState.STOPPED
    assert [entry.action for entry in core.store.audit_entries] == ["session.stop"]


async def test_stopping_twice_is_said_so() -> None:
    core = Core()
    await core.session()
    await core.answers("/stop")
    with pytest.raises(PersonError) as error:
        await core.answers("/停止 1")

    assert error.value.key == "stop.already"
    assert [button.command for button in error.value.buttons] == ["/use 1"]


async def test_stop_with_nothing_to_stop_is_said_so() -> None:
    with pytest.raises(PersonError) as error:
        await Core().answers("/stop")

    assert error.value.key == "session.none"


@pytest.mark.parametrize("word", ["all", "ALL", "ａｌｌ", "全部", "すべて"])
async def test_stop_all_stops_every_session_that_has_work(word: str) -> None:
    core = Core()
    busy, idle, also_busy = [await core.session() for _ in range(3)]
    for session in (busy, also_busy):
        await core.ask(session)
    text = await only_text(core, f"/stop {word}")

    assert text == "Stopped 2 sessions."
    states = [(await core.read_session(one.id)).state for one in (busy, idle, also_busy)]
    assert states == [SessionState.STOPPED, SessionState.IDLE, SessionState.STOPPED]


async def test_help_shows_every_command_and_each_as_a_button() -> None:
    [message] = await Core().answers("/help")

    for usage in ("/new [@agent] [text]", "/use [session]", "/status", "/stop", "/help"):
        assert usage in message.text
    assert commands_of(message) == [
        *("/help new", "/help use", "/help status", "/help stop", "/help help"),
    ]


@pytest.mark.parametrize("word", ["stop", "/stop", "／ＳＴＯＰ", "停止"])
async def test_help_explains_one_command(word: str) -> None:
    [message] = await Core().answers(f"/help {word}")

    assert message.text.startswith("/stop [session|all]\n\nEnds what the session is doing")
    assert "/停止" in message.text
    assert commands_of(message) == ["/stop"]


async def test_help_for_a_word_it_does_not_know_shows_everything() -> None:
    [message] = await Core().answers("/help me")

    assert "/new [@agent] [text]" in message.text


async def test_an_unknown_command_offers_the_nearest_with_what_followed_it() -> None:
    with pytest.raises(PersonError) as error:
        await Core().answers("/nwe fix the test")

    assert error.value.key == "command.unknown"
    assert error.value.facts == {"name": "nwe", "nearest": "new"}
    assert [button.command for button in error.value.buttons] == ["/new fix the test"]


async def test_a_command_like_none_offers_help() -> None:
    with pytest.raises(PersonError) as error:
        await Core().answers("/qqqqqq")

    assert [button.command for button in error.value.buttons] == ["/help"]


async def test_a_button_never_carries_half_a_prompt() -> None:
    prompt = "word " * 100
    with pytest.raises(PersonError) as error:
        await Core().answers(f"/nwe {prompt}")

    assert [button.command for button in error.value.buttons] in (
        [],
        [f"/new {prompt.strip()}"],
    )


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

    assert [turn.prompt for turn in await turns(core, session.id)] == ["/etc/hosts is broken"]


async def test_a_japanese_speaker_is_answered_in_japanese() -> None:
    core = Core()
    await core.know(OWNER, Language.JAPANESE)
    await core.answers("/新規 俳句を書いて")
    [card] = await core.answers("／状態")
    [help_] = await core.answers("／ヘルプ")
    [stopped] = await core.answers("/停止 全部")

    assert facts_of(card)["状態"] == "待機中"
    assert "新しいセッションを始める" in help_.text
    assert "1件" in stopped.text or "停止" in stopped.text


async def test_in_a_group_only_what_is_said_to_denrei_is_a_prompt() -> None:
    core = Core()
    unheard = await core.answers(says("what a day", chat=GROUP))
    await core.answers(replace(says("fix it", chat=GROUP), mentioned=True))
    async with core.store.read() as records:
        [session] = await records.sessions.page(limit=5)

    assert unheard == []
    assert session.chat == GROUP
    assert [turn.prompt for turn in await turns(core, session.id)] == ["fix it"]


async def test_in_a_group_an_unknown_command_may_be_meant_for_another_bot() -> None:
    core = Core()
    unheard = await core.answers(says("/weather", chat=GROUP))
    with pytest.raises(PersonError) as error:
        await core.answers(replace(says("/weather", chat=GROUP), mentioned=True))

    assert unheard == []
    assert error.value.key == "command.unknown"


async def test_a_mention_with_nothing_else_is_answered_with_help() -> None:
    [message] = await Core().answers(replace(says("  ", chat=GROUP), mentioned=True))

    assert "/new [@agent] [text]" in message.text


async def test_a_new_friend_is_welcomed_with_what_can_be_done() -> None:
    [message] = await Core().answers(Followed(chat=HOME, person_id=OWNER, reply_token=None))

    assert isinstance(message, Say)
    assert message.text.startswith("Welcome! I am Denrei.")
    assert "/help new" in commands_of(message)


async def test_a_sticker_is_answered_at_home_and_ignored_in_a_group() -> None:
    core = Core()
    sent = UnsupportedSent(chat=HOME, person_id=OWNER, reply_token=None)

    assert [m.text for m in await core.answers(sent)] == [
        "I can only read text so far. Please write what you need."
    ]
    assert await core.answers(replace(sent, chat=GROUP)) == []


async def test_a_tap_that_is_not_ours_is_said_so() -> None:
    tapped = ButtonTapped(chat=HOME, person_id=OWNER, reply_token=None, tap=None)
    with pytest.raises(PersonError) as error:
        await Core().answers(tapped)

    assert error.value.key == "approval.not_yours"


async def test_two_chats_have_a_current_session_each() -> None:
    core = Core()
    at_work = replace(says("in the group", chat=GROUP), mentioned=True)
    await core.answers(at_work)
    await core.answers("at home")
    await core.answers(replace(at_work, text="again in the group"))
    async with core.store.read() as records:
        [home, group] = await records.sessions.page(limit=5)

    assert [turn.prompt for turn in await turns(core, home.id)] == ["at home"]
    assert len(await turns(core, group.id)) == 2


async def test_an_api_caller_s_key_makes_one_turn() -> None:
    core = Core()
    session = await core.session(chat=None)
    async with core.store.transaction() as records:
        first, again = [
            await core.desk.ask(records, session, "hi", now=core.clock.now(), idempotency_key="k")
            for _ in range(2)
        ]

    assert again == first
    assert first.origin is None
    assert at_home() != first.origin
