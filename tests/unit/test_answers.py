"""Claude's answers as LINE's messages: a text where that says it all, else cards, page by page."""

from __future__ import annotations

import pytest

from bot.line.cards import plain_code
from orchestrator_core.messages import Button, PageTap
from orchestrator_core.model import JsonObject
from tests.answers import an_answer, components, more_of, page_of, read_through, said
from tests.rendered import CHAT, POSTBACKS, calls, objects

TABLE = "| file | lines |\n|---|--:|\n| a.py | 12 |\n| b.py | 7 |\n"
WIDE = "| file | what was changed in it |\n|---|---|\n" + "| a.py | " + "word " * 30 + "|\n"
LONG = "\n\n".join(f"## Part {n}\n\n" + f"This is sentence {n}. " * 40 for n in range(1, 9))


def boxes(text: str) -> list[JsonObject]:
    found = components(page_of(text)["contents"])
    return [one for one in found if one["type"] == "box"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("All 214 tests pass.", "All 214 tests pass."),
        ("**Done**: *all* of it.\nYes.\n\nBye.", "Done: all of it.\nYes.\n\nBye."),
        ("See https://a.example/x.", "See https://a.example/x."),
        ("1 < 2 & 3 \\* 4", "1 < 2 & 3 * 4"),
    ],
)
def test_a_short_plain_answer_is_a_text_without_marks(text: str, shown: str) -> None:
    assert page_of(text) == {"type": "text", "text": shown}


def test_a_text_says_which_session_it_is_of_only_where_that_is_not_the_current_one() -> None:
    apart = page_of("Done.", is_apart=True, note="It was cut short.")

    assert apart["text"] == "#3 api-fix\n\nDone.\n\nIt was cut short."


@pytest.mark.parametrize(
    "text",
    ["# Title", "- item", "> quote", "`code`", "```\ncode\n```", TABLE, "[a](https://a.example)"],
)
def test_what_has_more_to_it_is_a_card_that_says_in_a_notification_how_it_went(text: str) -> None:
    card = page_of(text, note="It was cut short.")

    assert card["type"] == "flex"
    assert card["altText"] == "api-fix: done, $0.12"
    assert said(card).startswith("#3 api-fix\ndone, $0.12\n")
    assert said(card).endswith("It was cut short.\n")


def test_an_answer_without_words_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        objects(an_answer(" \n", is_apart=True))


def test_what_shows_nothing_as_markdown_is_shown_as_it_was_written() -> None:
    assert page_of("[a]: https://a.example")["text"] == "[a]: https://a.example"


def test_the_buttons_of_an_answer_are_below_it() -> None:
    status = Button(label="Status", command="/status 3")

    assert (
        page_of("- a", buttons=(status,))["quickReply"]["items"][0]["action"]["label"] == "Status"
    )


def test_a_narrow_table_is_a_grid_and_a_wide_one_is_told_row_by_row() -> None:
    rows = [one["contents"] for one in boxes(TABLE) if one.get("paddingAll") == "sm"]

    assert [[cell["text"] for cell in row] for row in rows] == [
        ["file", "lines"],
        ["a.py", "12"],
        ["b.py", "7"],
    ]
    assert "file: a.py\nwhat was changed in it: word" in said(page_of(WIDE))


def test_a_tap_on_code_copies_it_as_it_is() -> None:
    code = "  if x:\n\ty()"
    [box] = [one for one in boxes(f"```py\n{code}\n```") if "action" in one]

    assert box["action"] == {"type": "clipboard", "label": "Copy", "clipboardText": code}


@pytest.mark.parametrize("code", ["x" * 1001, "rm \u202eexe.txt"])
def test_code_too_long_or_deceiving_is_not_copied_by_a_tap(code: str) -> None:
    card = page_of(f"```\n{code}\n```")

    assert [one for one in components(card["contents"]) if "action" in one] == []
    assert plain_code(code) in said(card)


def test_each_link_can_be_tapped_and_shows_where_it_leads() -> None:
    card = page_of(
        "- see [here](https://a.example/x) or [there](https://b.example)\n- https://c.example"
    )
    tapped = {
        one["action"]["uri"]: one.get("text") or "".join(s["text"] for s in one["contents"])
        for one in components(card["contents"])
        if "action" in one
    }

    assert tapped == {
        "https://a.example/x": "↗\u00a0https://a.example/x",
        "https://b.example": "↗\u00a0https://b.example",
        "https://c.example": "https://c.example",
    }


def test_every_text_of_an_answer_has_a_colour_of_its_own_and_stands_on_paper_of_one() -> None:
    """Otherwise a dark theme could put dark on dark."""
    text = f"# T\n\n{TABLE}\n> quote `code` [l](https://a.example)\n\n1. item\n\n```py\nx\n```\n"
    bubble = page_of(text)["contents"]
    texts = [one for one in components(bubble) if one["type"] == "text"]

    assert bubble["body"]["backgroundColor"]
    assert len(texts) > 10
    assert all(one["color"] for one in texts)


def test_a_long_answer_comes_page_by_page_and_the_last_has_no_button() -> None:
    shown = read_through(LONG)

    assert len(shown) > 2
    assert shown[1]["altText"] == f"#3 api-fix 2/{len(shown)}"
    assert all(f"Part {n}\n" in "".join(map(said, shown)) for n in range(1, 9))
    assert more_of(shown[-1]) is None


def test_the_first_page_says_what_the_next_ones_are_about_a_tap_away() -> None:
    first = page_of(LONG)
    taps = [
        POSTBACKS.read(one["action"]["data"], chat_id=CHAT.id, person_id=CHAT.id)
        for one in components(first["contents"])
        if one["type"] == "box" and one.get("action")
    ]
    pages = [tap.page for tap in taps if isinstance(tap, PageTap)]

    assert said(first).count("On the next pages") == 1
    assert len(pages) == len(taps) > 2
    assert pages == sorted(pages)
    assert all("Part" in said(page_of(LONG, page)) for page in pages)


def test_a_heading_goes_over_the_page_with_what_it_heads() -> None:
    for page in read_through(LONG):
        last = page["contents"]["body"]["contents"][-1]

        assert last.get("weight") != "bold"


def test_a_page_beyond_the_last_is_the_last() -> None:
    assert page_of(LONG, 999_999) == read_through(LONG)[-1]


def test_a_long_block_of_code_goes_on_over_the_page_between_its_lines() -> None:
    code = "\n".join(f"line {n} of the code" for n in range(120))
    shown = read_through(f"```py\n{code}\n```")
    lines = [line for page in shown for line in said(page).splitlines() if line.startswith("line")]

    assert len(shown) > 2
    assert lines == code.splitlines()


def test_a_long_table_goes_on_over_the_page_with_its_head() -> None:
    rows = "".join(f"| name{n} | {n} |\n" for n in range(80))
    shown = read_through(f"| key | value |\n|---|---|\n{rows}")

    assert len(shown) > 2
    assert all(said(page).count("key\nvalue\n") == 1 for page in shown)


def test_anybody_in_the_chat_may_read_on() -> None:
    ((card,),) = calls(an_answer(LONG), person_id="Uanna")

    assert more_of(card) == PageTap(turn_id=7, session_id="5e5510", page=2)
