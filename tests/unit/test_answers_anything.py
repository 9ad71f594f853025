"""Any Markdown at all: LINE takes what is made of it, and its text survives."""

from __future__ import annotations

import html
import json
import re

import regex
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.line.cards import BUBBLE_BYTES
from bot.line.characters import cleaned
from tests.answers import components, depth, read_through, said

#: What the text says, found out in another way than the renderer's own.
_PAGE = MarkdownIt("commonmark", {"html": False, "maxNesting": 60})
_PAGE.enable(["table", "strikethrough"])
_TAG = re.compile(r"<img[^>]*alt=\"([^\"]*)\"[^>]*>|<[^>]*>")
_WORD = re.compile(r"\w+")
_ENDLESS, _EDGE = 200, 40
_TASK = re.compile(r"(<li>\s*(?:<p>)?)\[[xX ]\](?=\s)")

LETTERS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)
MARKS = st.sampled_from(
    [
        *("\n", "\n\n", "\n    ", " ", "# ", "## ", "- ", "* ", "1. ", "10) ", "> ", ">> "),
        *("- [x] ", "**", "*", "_", "~~", "`", "``", "```\n", "```py a=b\n", "~~~\n", "---\n"),
        *("\\", "&amp;", "|", " | ", "|---|---|\n", "| a | b |\n|--|:-:|\n", "| x | y |\n", "|\n"),
        *("[", "](", ")", "](https://a.example/b)", "![", "<https://a.example>", '](b "t")'),
        *("https://a.example/c?d=e", "<div>\n", "<b>", "\u202e", "\u200b", "か\u3099"),
        *("👨\u200d👩\u200d👧", "word " * 60, "日本語の文です。" * 40, "x" * 700, "e\u0301" * 300),
        *("line\n" * 50, "`a` b " * 80, "- item\n" * 60, "> q\n\n" * 40, "# h\n" * 30),
        *("| a | b |\n|--|--|\n" + "| `c` | d |\n" * 60, "```\n" + "z\n" * 90 + "```\n"),
        "[a](https://a.example/" + "y" * 900 + ") ",
    ]
)
TEXTS = st.lists(LETTERS | MARKS, min_size=1, max_size=20).map("".join)


def words_of_page(text: str) -> list[str]:
    page = _TASK.sub(r"\1", _PAGE.render(cleaned(text)))
    # What is beside one another in a line is one word, bold or not.
    page = re.sub(r"</?(?:strong|em|s|code)(?: [^>]*)?>", "", page)
    found = _WORD.findall(html.unescape(_TAG.sub(r" \1 ", page)))
    # A word without end may be cut, and then the next page's own words stand within.
    return [
        part
        for word in found
        for part in ([word] if len(word) < _ENDLESS else [word[:_EDGE], word[-_EDGE:]])
    ]


def is_within(words: list[str], shown: str) -> bool:
    """Whether each of them is there, in their order."""
    at = 0
    for word in words:
        found = shown.find(word, at)
        if found < 0:
            return False
        at = found + len(word)
    return True


@settings(max_examples=100, deadline=None)
@given(TEXTS)
@example("- a\n" * 400)
@example("> > > - `a`\n\n" * 200)
@example("**a** `b` *c* " * 300)
@example("| a |\n|--|\n" + "| **b** `c` |\n" * 200)
@example("`\u0301` " * 900)
@example("```\n" + "\u0301\n" * 900 + "```")
def test_line_takes_whatever_is_made_of_it_and_all_of_it_can_be_read(text: str) -> None:
    words = words_of_page(text)
    assume(words)
    shown = read_through(text)

    for message in shown:
        if message["type"] == "flex":
            bubble = message["contents"]
            assert len(json.dumps(bubble)) <= BUBBLE_BYTES
            assert depth(bubble) <= 10
            assert sum(1 for _ in components(bubble)) <= 400
            assert all(
                one["text"].strip()
                for one in components(bubble)
                if one["type"] == "text" and "text" in one
            )
    # A word may go on over the page, and there stands the page's head between.
    joined = "".join(re.sub(r"\s+", "", body_of(message)) for message in shown)
    assert all(word in joined for word in words)
    # What is told of a table row by row says its head again with each.
    assert "|" in text or is_within(words, joined)


def body_of(message: dict[str, object]) -> str:
    """What a page says of the answer, without its head and what the next ones are about."""
    told = said(message)
    if message["type"] == "flex":
        told = told.split("\n", 2)[2]
        told = told.split("On the next pages\n")[0]
    return told


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(["👨\u200d👩\u200d👧", "🇯🇵", "か\u3099", "ก\u0e33", "a ", "。"]),
        max_size=900,
    ).map("".join)
)
def test_no_page_ends_within_what_a_person_sees_as_one_character(text: str) -> None:
    assume(text.strip())
    told = [body_of(message).strip("\n") for message in read_through(f"# {text}")]
    whole = regex.findall(r"\X", re.sub(r"\s", "", text))

    assert [c for page in told for c in regex.findall(r"\X", re.sub(r"\s", "", page))] == whole
