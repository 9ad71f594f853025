"""Markdown is read into blocks: what each is, where it stands, where its links lead."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.line.blocks import RULE, Aligned, Code, Place, Prose, Span, Table, words_of
from bot.line.markdown import read


def prose(text: str, **more: object) -> Prose:
    return Prose(spans=(Span(text=text),), **more)  # type: ignore[arg-type]


def test_paragraphs_keep_their_line_breaks_and_lose_their_marks() -> None:
    [first, second] = read("one\ntwo\n\n**bold** *slanted* ~~gone~~ `code` \\*plain\\* &amp;")

    assert first == prose("one\ntwo")
    assert isinstance(second, Prose)
    assert second.spans == (
        *(Span(text="bold", bold=True), Span(text=" "), Span(text="slanted", italic=True)),
        *(Span(text=" "), Span(text="gone", struck=True), Span(text=" ")),
        *(Span(text="code", code=True), Span(text=" *plain* &")),
    )


def test_headings_rules_and_code_are_told_apart() -> None:
    assert read("# One\n\n---\n\n```py title=1\nx = 1\n\n```\n\n    y\n\n### Three\n") == [
        prose("One", level=1),
        RULE,
        Code(text="x = 1", language="py title=1"),
        Code(text="y"),
        prose("Three", level=3),
    ]


def test_lists_and_quotes_are_flat_and_say_how_deep_they_stand() -> None:
    text = "- a\n\n  more\n\n  3. b\n     > c\n- [x] done\n- [ ] open\n\n> > d\n"

    assert read(text) == [
        prose("a", place=Place(depth=1, marker="•")),
        prose("more", place=Place(depth=1)),
        prose("b", place=Place(depth=2, marker="3.")),
        prose("c", place=Place(depth=2, quotes=1)),
        prose("done", place=Place(depth=1, marker="☑")),
        prose("open", place=Place(depth=1, marker="☐")),
        prose("d", place=Place(quotes=2)),
    ]


def test_a_table_has_rows_as_wide_as_its_head() -> None:
    [table] = read("| a | b |\n|:-:|--:|\n| 1 |\n| 2 | 3 |\n")

    assert isinstance(table, Table)
    assert [words_of(cell) for cell in table.head] == ["a", "b"]
    assert [[words_of(cell) for cell in row] for row in table.rows] == [["1", ""], ["2", "3"]]
    assert table.aligned == (Aligned.CENTER, Aligned.END)


@pytest.mark.parametrize(
    ("text", "shown", "links"),
    [
        ("[here](https://a.example/x?y=1)", "here", ["https://a.example/x?y=1"]),
        ("see https://a.example/x.", "see https://a.example/x.", ["https://a.example/x"]),
        ("https://a.example/xを見て", "https://a.example/xを見て", ["https://a.example/x"]),
        ("<https://a.example>", "https://a.example", ["https://a.example"]),
        ("[run](src/a.py#L3)", "run (src/a.py#L3)", []),
        ("[a](http://localhost:3000)", "a (http://localhost:3000)", []),
        ("[a](https://a.example/%zz)", "a", ["https://a.example/%25zz"]),
        ("[a.py](a.py)", "a.py", []),
        ("![chart](https://a.example/c.png)", "chart", ["https://a.example/c.png"]),
        ("![](c.png)", "c.png", []),
        ("[![badge](b.svg)](https://a.example)", "badge (b.svg)", ["https://a.example"]),
        ("[bad](javascript:alert)", "[bad](javascript:alert)", []),
        (f"[long](https://a.example/{'x' * 1000})", f"long (https://a.example/{'x' * 1000})", []),
    ],
)
def test_a_link_leads_where_line_would_open_it_and_else_says_where(
    text: str, shown: str, links: list[str]
) -> None:
    [block] = read(text)

    assert isinstance(block, Prose)
    assert words_of(block.spans) == shown
    assert [span.link for span in block.spans if span.link] == links


def test_html_is_shown_as_it_was_written() -> None:
    assert read("<b>x</b> a\n\n<div>\ny\n</div>\n") == [
        prose("<b>x</b> a"),
        prose("<div>\ny\n</div>"),
    ]


@pytest.mark.parametrize("text", ["", " \n\t", "- \n", "[a]: https://a.example\n", "\u3000"])
def test_where_nothing_is_to_be_seen_there_are_no_blocks(text: str) -> None:
    assert read(text) == []


def test_what_is_nested_too_deeply_is_shown_as_it_was_written() -> None:
    deep = "> " * 70 + "at the bottom"

    assert read(f"top\n\n{deep}") == [prose("top"), prose(deep)]


def test_more_cells_than_the_head_has_are_shown_as_they_were_written() -> None:
    """The parser would leave them out."""
    table = "| does | what |\n|---|---|\n| `ps | grep x` | finds x |"

    assert read(f"{table}\n\n> {table.replace(chr(10), chr(10) + '> ')}") == [
        Code(text=table),
        Code(text=f"> {table.replace(chr(10), chr(10) + '> ')}", place=Place(quotes=1)),
    ]


@pytest.mark.parametrize("begin", ["", "> ", "- ", "1. "])
def test_a_table_is_one_wherever_it_stands(begin: str) -> None:
    between = "\n" + (begin if begin == "> " else " " * len(begin))
    lines = ["a | b", "---|---", "-1 | 2 \\| 3", "4 |", "| 5 | 6 |"]

    [table] = read(begin + between.join(lines))

    assert isinstance(table, Table)
    assert len(table.rows) == 3


def test_a_box_before_words_of_another_look_leaves_nothing_empty() -> None:
    assert read("- [x] **done** now") == [
        Prose(
            spans=(Span(text="done", bold=True), Span(text=" now")),
            place=Place(depth=1, marker="☑"),
        )
    ]


def test_what_stands_long_behind_a_fence_is_a_line_of_the_code() -> None:
    assert read(f"```{'a' * 3000}\nb\n```") == [Code(text=f"{'a' * 3000}\nb")]


@pytest.mark.parametrize("part", ["[", "![a](b", "*a _b ", "> ", "- a\n  - b\n", "| a "])
def test_hostile_text_is_read_in_time_and_whole(part: str) -> None:
    """Whole minutes are what a parser without bounds would take."""
    text = part * (120_000 // len(part))

    assert read(text)


@settings(max_examples=1500, deadline=None)
@given(st.text(alphabet="aé1 .:/-=+#!(){}\t\\*_~|[]<>&;`\u3000\xa0\u2028\U0001f600", max_size=12))
@example("https://a.example/b")
@example("a line of words: nothing else, (really)! 1. - # =")
def test_a_line_alone_is_read_as_it_is_beside_others(line: str) -> None:
    """However short a way was taken with it."""
    beside = read(f"{line}\n\n---\n\nwords")

    assert beside[-2] == RULE
    assert read(line) == beside[:-2]
