"""What Denrei says, in LINE's shape and within LINE's limits."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st
from linebot.v3.messaging import FlexMessage

from bot.line.cards import BUBBLE_BYTES
from bot.line.characters import utf16_length
from bot.line.postbacks import Postbacks
from bot.line.rendering import LineRenderer
from bot.simulator.line_validation import check_messages
from orchestrator_core.messages import ApprovalTap, Button, Card, Fact, Message, Say
from orchestrator_core.model import Chat, ChatKind, JsonObject

POSTBACKS = Postbacks(b"key")
RENDERER = LineRenderer(POSTBACKS)
CHAT = Chat(id="U" + "a" * 32, kind=ChatKind.USER)
ALLOW = ApprovalTap(approval_id=7, allow=True)
DENY = ApprovalTap(approval_id=7, allow=False)
HELP = Button(label="Help", command="/help")


def calls(*messages: Message, person_id: str | None = CHAT.id) -> list[tuple[JsonObject, ...]]:
    return RENDERER.calls(messages, chat=CHAT, person_id=person_id)


def only(*messages: Message) -> JsonObject:
    ((one,),) = calls(*messages)
    return one


def objects(*messages: Message) -> list[JsonObject]:
    return [one for call in calls(*messages) for one in call]


def texts(found: JsonObject | list[JsonObject]) -> list[str]:
    """Every text shown in a Flex container, in order."""
    if isinstance(found, list):
        return [text for one in found for text in texts(one)]
    inner = [*found.get("contents", []), *([found["body"]] if "body" in found else [])]
    return ([found["text"]] if found.get("type") == "text" else []) + texts(inner)


def taps_of(message: JsonObject) -> list[JsonObject]:
    """The actions of a card's buttons."""
    return [one["action"] for one in message["contents"]["footer"]["contents"]]


# Texts


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


# Buttons below texts


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


# Cards

APPROVAL = Card(
    title="May Claude run this?",
    summary="Claude wants to run: make test",
    text="In session 3",
    facts=(Fact(label="Tool", value="Bash"), Fact(label="Why", value="")),
    code="make test\nmake check",
    buttons=(Button(label="Allow once", tap=ALLOW, primary=True), Button(label="Deny", tap=DENY)),
)


def test_a_card_shows_everything_once() -> None:
    card = only(APPROVAL)

    assert card["altText"] == "Claude wants to run: make test"
    assert texts(card["contents"]) == [
        "May Claude run this?",
        "In session 3",
        "Tool",
        "Bash",
        "Why",
        "–",
        "make test\nmake check",
    ]
    assert [one["label"] for one in taps_of(card)] == ["Allow once", "Deny"]
    assert [one["style"] for one in card["contents"]["footer"]["contents"]] == [
        "primary",
        "secondary",
    ]


def test_a_card_survives_the_line_sdks_own_models_unchanged() -> None:
    card = only(APPROVAL)

    assert FlexMessage.from_dict(card).to_dict() == card


def test_every_text_and_background_of_a_card_has_a_colour_of_its_own() -> None:
    """Otherwise a dark theme could put dark on dark."""
    bubble = only(APPROVAL)["contents"]
    seen = [bubble["body"], *bubble["body"]["contents"]]
    boxes = [one for one in seen if one["type"] == "box" and one.get("backgroundColor")]
    plain = [one for one in seen if one["type"] == "text"]

    assert bubble["body"]["backgroundColor"]
    assert bubble["footer"]["backgroundColor"]
    assert len(boxes) == 2
    assert all(one["color"] for one in plain)


def test_a_plain_card_has_neither_footer_nor_empty_parts() -> None:
    bubble = only(Card(title="Done", summary=""))["contents"]

    assert "footer" not in bubble
    assert texts(bubble) == ["Done"]


def test_without_a_summary_a_notification_shows_the_title() -> None:
    assert only(Card(title="Done", summary=" "))["altText"] == "Done"


def test_a_long_summary_is_cut_to_what_a_notification_takes() -> None:
    alt_text = only(Card(title="Done", summary="😀" * 400))["altText"]

    assert utf16_length(alt_text) <= 400
    assert alt_text == "😀" * 199 + "…"


def test_a_card_needs_a_title() -> None:
    with pytest.raises(ValueError, match="title"):
        calls(Card(title=" ", summary="x"))


def test_code_too_long_for_a_card_is_shown_whole_before_it() -> None:
    code = "\n".join(f"line {number}" for number in range(2000))
    *before, card = objects(Card(title="?", summary="?", code=code))
    head = texts(card["contents"])[-1]

    assert "\n".join(one["text"] for one in before) == code
    assert head.endswith("…")
    assert code.startswith(head[:-1])


def test_long_facts_titles_and_texts_are_shown_whole_before_a_card_too() -> None:
    long = Card(
        title="t" * 400,
        summary="?",
        text="x" * 2000,
        facts=tuple(Fact(label=f"f{number}", value="v" * 500) for number in range(14)),
    )
    said = "\n".join(one["text"] for one in objects(long)[:-1])

    assert "t" * 400 in said
    assert "x" * 2000 in said
    assert all(f"f{number}: " + "v" * 500 in said for number in range(14))


def test_buttons_that_do_not_fit_a_card_go_below_the_last_message() -> None:
    buttons = tuple(Button(label=str(number), command=f"/{number}") for number in range(8))
    card = only(Card(title="?", summary="?", buttons=buttons))

    assert [one["label"] for one in taps_of(card)] == ["0", "1", "2", "3", "4", "5"]
    assert [one["action"]["label"] for one in card["quickReply"]["items"]] == ["6", "7"]


def test_code_that_deceives_the_eye_is_shown_as_what_it_is() -> None:
    code = "rm \u202eexe.txt\u2066 a\u200bb \x1b[2J c\rd\r\ne \0"
    facts = (Fact(label="Path", value="a\u202eb"),)
    shown = texts(only(Card(title="?", summary="?", facts=facts, code=code))["contents"])

    assert shown[-2:] == [
        "a\\u{202e}b",
        "rm \\u{202e}exe.txt\\u{2066} a\\u{200b}b \\u{1b}[2J c\\u{d}d\ne \\u{0}",
    ]


# Anything at all

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
