"""What every Renderer promises: all is said, in few calls, and each button is somebody's."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.line.postbacks import Postbacks
from bot.line.rendering import LineRenderer
from orchestrator_core.messages import (
    Answer,
    AnswerWords,
    ApprovalTap,
    Button,
    Card,
    ChoiceTap,
    DeliveryTap,
    Message,
    PageTap,
    Say,
    Tap,
)
from orchestrator_core.model import Chat, ChatKind, Choice, JsonObject
from orchestrator_core.ports import Renderer
from tests.fakes.renderer import FakeRenderer

HOME = Chat(id="U-anna", kind=ChatKind.USER)
GROUP = Chat(id="C-group", kind=ChatKind.GROUP)
ALLOW = ApprovalTap(approval_id=7, nonce="nonce-1", allow=True)
DENY = ApprovalTap(approval_id=7, nonce="nonce-1", allow=False)
OTHER = ApprovalTap(approval_id=8, nonce="nonce-1", allow=True)


@pytest.fixture(params=["fake", "line"])
def renderer(request: pytest.FixtureRequest) -> Renderer:
    return FakeRenderer() if request.param == "fake" else LineRenderer(Postbacks(b"key"))


def calls(
    renderer: Renderer, *messages: Message, chat: Chat = HOME, person_id: str | None = "U-anna"
) -> list[tuple[JsonObject, ...]]:
    return renderer.calls(messages, chat=chat, person_id=person_id)


AGAIN = DeliveryTap(delivery_id=7, nonce="nonce-1")
LEAVE = ChoiceTap(turn_id=7, session_id="nonce-1", choice=Choice.LEAVE)


PAGE = PageTap(turn_id=7, session_id="nonce-1", page=2)
ANSWER = Answer(
    text="hello",
    title="#3",
    summary="#3: done",
    words=AnswerWords(more="More", copy="Copy", outline="Then"),
    turn_id=7,
    session_id="nonce-1",
)


def asking(tap: Tap = ALLOW) -> Card:
    return Card(title="May I?", summary="May I?", buttons=(Button(label="Answer", tap=tap),))


def test_nothing_to_say_makes_no_call(renderer: Renderer) -> None:
    assert calls(renderer) == []


@pytest.mark.parametrize(
    "message", [Say(text="hello"), ANSWER, Card(title="hello", summary="")], ids=repr
)
def test_what_is_said_makes_a_call_of_json_that_shows_it(
    renderer: Renderer, message: Message
) -> None:
    [call] = calls(renderer, message)

    assert len(call) == 1
    assert "hello" in json.dumps(call)


@pytest.mark.parametrize("count", [1, 4, 5, 6, 12])
def test_messages_are_packed_in_order_and_at_most_five_to_a_call(
    renderer: Renderer, count: int
) -> None:
    made = calls(renderer, *(Say(text=f"message {number}") for number in range(count)))

    assert all(1 <= len(call) <= 5 for call in made)
    assert len(made) == -(-count // 5)
    assert [one["text"] for call in made for one in call] == [
        f"message {number}" for number in range(count)
    ]


def test_nothing_of_a_long_text_is_cut_off(renderer: Renderer) -> None:
    made = calls(renderer, Say(text="水" * 40_000))

    assert "".join(one["text"] for call in made for one in call) == "水" * 40_000
    assert all(1 <= len(call) <= 5 for call in made)


@pytest.mark.parametrize(
    "empty",
    [Say(text=""), Say(text=" \n"), replace(ANSWER, text=" \n"), Card(title="", summary="x")],
    ids=repr,
)
def test_what_has_no_words_is_refused_also_among_others(
    renderer: Renderer, empty: Message
) -> None:
    with pytest.raises(ValueError, match=r"empty|title"):
        calls(renderer, Say(text="hello"), empty)


@pytest.mark.parametrize("button", [Button(label="a"), Button(label="a", command="/a", tap=ALLOW)])
def test_a_button_is_either_a_command_or_an_answer(renderer: Renderer, button: Button) -> None:
    with pytest.raises(ValueError, match="either"):
        calls(renderer, Say(text="?", buttons=(button,)))


def test_an_answer_s_button_is_its_own_for_each_person_chat_and_answer(
    renderer: Renderer,
) -> None:
    made = [
        calls(renderer, asking()),
        calls(renderer, asking(), person_id="U-bob"),
        calls(renderer, asking(), person_id=None),
        calls(renderer, asking(), chat=GROUP),
        calls(renderer, asking(DENY)),
        calls(renderer, asking(OTHER)),
        calls(renderer, asking(AGAIN)),
        calls(renderer, asking(AGAIN), person_id="U-bob"),
        calls(renderer, asking(AGAIN), chat=GROUP),
        calls(renderer, asking(LEAVE)),
        calls(renderer, asking(LEAVE), person_id="U-bob"),
        calls(renderer, asking(LEAVE), chat=GROUP),
        calls(renderer, asking(replace(LEAVE, choice=Choice.AGAIN))),
        calls(renderer, asking(PAGE)),
        calls(renderer, asking(PAGE), chat=GROUP),
        calls(renderer, asking(replace(PAGE, page=3))),
    ]

    assert len({json.dumps(one) for one in made}) == len(made)


def test_a_page_s_button_is_for_anyone_in_its_chat(renderer: Renderer) -> None:
    mine = calls(renderer, asking(PAGE), chat=GROUP)

    assert mine == calls(renderer, asking(PAGE), chat=GROUP, person_id="U-bob")


def test_the_same_for_the_same_person_is_made_the_same(renderer: Renderer) -> None:
    assert calls(renderer, asking()) == calls(renderer, asking())


def test_a_command_s_button_is_the_same_for_everyone(renderer: Renderer) -> None:
    say = Say(text="?", buttons=(Button(label="Help", command="/help"),))

    assert calls(renderer, say) == calls(renderer, say, chat=GROUP, person_id="U-bob")
    assert "/help" in json.dumps(calls(renderer, say))
