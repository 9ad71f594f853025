"""What Denrei says, in LINE's shape and within LINE's limits."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.line.cards import BUBBLE_BYTES
from bot.simulator.line_validation import check_messages
from orchestrator_core.messages import Button, Card, Fact, Message, Say
from tests.rendered import ALLOW, CHAT, HELP, POSTBACKS, calls, objects, only, taps_of


def test_a_short_text_is_one_message() -> None:
    assert calls(Say(text="hello")) == [({"type": "text", "text": "hello"},)]


def test_nothing_to_say_makes_no_call() -> None:
    assert calls() == []


@pytest.mark.parametrize("text", ["", " \n\u3000"])
def test_an_empty_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="empty"):
        calls(Say(text=text))


def test_messages_are_packed_five_to_a_call_in_order() -> None:
    said = calls(*(Say(text=str(number)) for number in range(12)))

    assert [len(call) for call in said] == [5, 5, 2]
    assert [one["text"] for call in said for one in call] == [str(n) for n in range(12)]


def test_a_long_text_becomes_several_messages_without_blank_edges() -> None:
    first, second = objects(Say(text="a" * 4000 + "\n\n" + "b" * 4000))

    assert (first["text"], second["text"]) == ("a" * 4000, "b" * 4000)


def test_a_desert_of_blank_lines_makes_no_blank_message() -> None:
    assert [one["text"] for one in objects(Say(text="a" + "\n" * 20_000 + "b"))] == ["a", "b"]


def test_what_line_cannot_carry_is_shown_as_a_replacement() -> None:
    assert only(Say(text="a\0b\ud83d"))["text"] == "a\ufffdb\ufffd"


def test_buttons_are_below_the_very_last_message_of_the_last_call() -> None:
    said = objects(Say(text="x " * 15_000, buttons=(HELP,)), Say(text="end"))
    having = [number for number, one in enumerate(said) if "quickReply" in one]

    assert len(said) > 5
    assert having == [len(said) - 1]
    assert said[-1]["quickReply"]["items"] == [
        {"type": "action", "action": {"type": "message", "label": "Help", "text": "/help"}}
    ]


def test_more_than_thirteen_buttons_are_cut_to_thirteen() -> None:
    buttons = tuple(Button(label=str(n), command=f"/use {n}") for n in range(20))

    assert len(only(Say(text="which?", buttons=buttons))["quickReply"]["items"]) == 13


def test_a_long_label_is_cut_to_twenty_characters_as_a_person_counts_them() -> None:
    family = "👨\u200d👩\u200d👧"
    say = Say(text="which?", buttons=(Button(label=family * 21, command="/a"),))
    (item,) = only(say)["quickReply"]["items"]

    # A label of joined emoji is long in UTF-16, which LINE limits for what a tap shows.
    assert len(regex.findall(r"\X", item["action"]["label"])) <= 20
    assert item["action"]["label"].endswith("…")
    assert item["action"]["label"].startswith(family)


def test_a_label_of_twenty_stays_whole() -> None:
    say = Say(text="which?", buttons=(Button(label="二" * 20, command="/a"),))

    assert only(say)["quickReply"]["items"][0]["action"]["label"] == "二" * 20


def test_a_command_too_long_for_a_button_is_left_out() -> None:
    say = Say(text="?", buttons=(Button(label="long", command="/new " + "x" * 300), HELP))

    assert len(only(say)["quickReply"]["items"]) == 1
    assert "quickReply" not in only(Say(text="?", buttons=say.buttons[:1]))


@pytest.mark.parametrize(
    "button", [Button(label="a"), Button(label="a", command="/a", tap=ALLOW)], ids=repr
)
def test_a_button_is_either_a_command_or_an_answer(button: Button) -> None:
    with pytest.raises(ValueError, match="either"):
        calls(Say(text="?", buttons=(button,)))


def test_an_answer_is_signed_for_this_chat_and_person_and_shown_as_its_label() -> None:
    say = Say(text="May I?", buttons=(Button(label="Allow", tap=ALLOW),))
    action = only(say)["quickReply"]["items"][0]["action"]

    assert (action["type"], action["displayText"]) == ("postback", "Allow")
    assert POSTBACKS.read(action["data"], chat_id=CHAT.id, person_id=CHAT.id) == ALLOW
    assert POSTBACKS.read(action["data"], chat_id=CHAT.id, person_id="Ubob") is None


def test_without_a_person_anyone_in_the_chat_may_answer() -> None:
    card = Card(title="?", summary="?", buttons=(Button(label="Allow", tap=ALLOW),))
    ((shown,),) = calls(card, person_id=None)
    (action,) = taps_of(shown)

    assert POSTBACKS.read(action["data"], chat_id=CHAT.id, person_id="Ubob") == ALLOW


WORDS = st.text(max_size=40) | st.sampled_from(
    ["か" * 6000, "😀\n" * 900, "e\u0301" * 700, "```\n"]
)

LABELS = WORDS.filter(lambda label: label.strip() != "")

BUTTONS = st.lists(
    st.builds(Button, label=LABELS, command=st.sampled_from(["/help", "/new " + "x" * 400]))
    | st.builds(Button, label=LABELS, tap=st.just(ALLOW), primary=st.booleans()),
    max_size=16,
).map(tuple)

FACTS = st.lists(st.builds(Fact, label=WORDS, value=WORDS), max_size=16).map(tuple)

CARDS = st.builds(
    Card, title=LABELS, summary=WORDS, text=WORDS, facts=FACTS, code=WORDS, buttons=BUTTONS
)

SAYS = st.builds(Say, text=LABELS, buttons=BUTTONS)


@settings(max_examples=60, deadline=None)
@given(st.lists(SAYS | CARDS, max_size=3))
def test_line_takes_whatever_is_rendered(messages: list[Message]) -> None:
    """The stand-in's checks are LINE's: they raise for what LINE would refuse."""
    for call in calls(*messages):
        assert check_messages({"messages": list(call)}) == call
        for one in call:
            assert one["type"] != "flex" or len(str(one["contents"])) < 2 * BUBBLE_BYTES
