"""Help, words that are no command, groups, and what is not text."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orchestrator_core.errors import PersonError
from orchestrator_core.incoming import ButtonTapped, Followed, UnsupportedSent
from orchestrator_core.messages import Say
from orchestrator_core.model import Language
from tests.core import Core
from tests.messages import commands_of, facts_of
from tests.people import GROUP, HOME, OWNER, says


@pytest.mark.parametrize("word", ["stop", "/stop", "／ＳＴＯＰ", "停止"])
async def test_help_explains_one_command(word: str) -> None:
    [message] = await Core().answers(f"/help {word}")

    assert message.text.startswith("/stop [session|all]\n\nEnds what the session is doing")
    assert "/停止" in message.text
    assert commands_of(message) == ["/stop"]


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


@pytest.mark.parametrize(
    ("prompt", "command"),
    [
        ("x" * 295, f"/new {'x' * 295}"),
        ("x" * 296, "/new"),
        ("🌊" * 147, f"/new {'🌊' * 147}"),
        ("🌊" * 148, "/new"),
    ],
)
async def test_a_button_carries_the_whole_line_or_the_command_alone(
    prompt: str, command: str
) -> None:
    with pytest.raises(PersonError) as error:
        await Core().answers(f"/nwe {prompt}")

    assert [button.command for button in error.value.buttons] == [command]


async def test_a_japanese_slip_is_answered_with_the_japanese_word() -> None:
    with pytest.raises(PersonError) as error:
        await Core().answers("/状 3")

    assert error.value.facts == {"name": "状", "nearest": "状態"}
    assert [(one.label, one.command) for one in error.value.buttons] == [("/状態", "/状態 3")]


async def test_a_japanese_speaker_is_answered_in_japanese() -> None:
    core = Core()
    await core.know(OWNER, Language.JAPANESE)
    await core.answers("/新規 俳句を書いて")
    [card] = await core.answers("／状態")
    [help_] = await core.answers("／ヘルプ 新規")
    [stopped] = await core.answers("/停止 全部")

    assert facts_of(card)["状態"] == "待機中"
    assert "新しいClaudeセッションを始め" in help_.text
    assert "1件" in stopped.text or "停止" in stopped.text


async def test_in_a_group_only_what_is_said_to_denrei_is_a_prompt() -> None:
    core = Core()
    unheard = await core.answers(says("what a day", chat=GROUP))
    await core.answers(replace(says("fix it", chat=GROUP), mentioned=True))
    async with core.store.read() as records:
        [session] = await records.sessions.page(limit=5)

    assert unheard == []
    assert session.chat == GROUP
    assert [turn.prompt for turn in await core.open_turns(session.id)] == ["fix it"]


async def test_in_a_group_an_unknown_command_may_be_meant_for_another_bot() -> None:
    core = Core()
    unheard = await core.answers(says("/weather", chat=GROUP))
    with pytest.raises(PersonError) as error:
        await core.answers(replace(says("/weather", chat=GROUP), mentioned=True))

    assert unheard == []
    assert error.value.key == "command.unknown"


async def test_a_mention_with_nothing_else_is_answered_with_help() -> None:
    [message] = await Core().answers(replace(says("  ", chat=GROUP), mentioned=True))

    assert "/new" in message.text


async def test_a_new_friend_is_welcomed_with_what_can_be_done() -> None:
    [message] = await Core().answers(Followed(chat=HOME, person_id=OWNER, reply_token=None))

    assert isinstance(message, Say)
    assert message.text.startswith("Welcome! I am Denrei.")
    assert "/help work" in commands_of(message)


async def test_a_sticker_is_answered_at_home_and_ignored_in_a_group() -> None:
    core = Core()
    sent = UnsupportedSent(chat=HOME, person_id=OWNER, reply_token=None)

    assert [m.text for m in await core.answers(sent)] == [
        "I can read text, pictures, films, sound and files. Please write what you need."
    ]
    assert await core.answers(replace(sent, chat=GROUP)) == []


async def test_a_tap_that_is_not_ours_is_said_so() -> None:
    tapped = ButtonTapped(chat=HOME, person_id=OWNER, reply_token=None, tap=None)
    with pytest.raises(PersonError) as error:
        await Core().answers(tapped)

    assert error.value.key == "approval.not_yours"
