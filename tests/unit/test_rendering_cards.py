"""Cards: whole, in LINE's shape and within LINE's limits."""

from __future__ import annotations

import pytest
from linebot.v3.messaging import FlexMessage

from bot.line.characters import utf16_length
from orchestrator_core.messages import Button, Card, Fact
from tests.rendered import ALLOW, DENY, calls, objects, only, taps_of, texts

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


@pytest.mark.parametrize(
    ("facts", "shares"),
    [
        ((Fact(label="#1 write a haiku about rivers", value="$0.21"),), [7, 3]),
        ((Fact(label="Directory", value="/srv/code/shop"),), [3, 7]),
        ((Fact(label="Today", value="$0"),), [3, 7]),
        ((Fact(label="#1 write a haiku", value="$1"), Fact(label="Why", value="x" * 40)), [3, 7]),
    ],
)
def test_the_longer_of_labels_and_values_has_more_of_the_line(
    facts: tuple[Fact, ...], shares: list[int]
) -> None:
    lines = only(Card(title="Costs", summary="", facts=facts))["contents"]["body"]["contents"][1]

    assert [[part["flex"] for part in line["contents"]] for line in lines["contents"]] == [
        shares for _ in facts
    ]
