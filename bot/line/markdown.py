"""Markdown read into a flat row of blocks, in the order in which they are read.

Lists and quotes are not nested in it: each block says how deep it stands. So it can be cut into
pages anywhere, and what is made of it is never nested deeper than one block is.
Knows nothing of LINE.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING

from bot.line.blocks import RULE, Aligned, Block, Code, Place, Prose, Span, Spans, Table
from bot.line.markdown_spans import spans_of

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

#: What is nested deeper is shown as it was written: the parser would leave it out.
_DEEPEST = 60
#: Each open bracket may be looked for its end up to the end of the text.
_MOST_BRACKETS = 3000
_TASK = re.compile(r"\[([ xX])\](?=\s)")
_MARKS = {" ": "☐", "x": "☑", "X": "☑"}
_BULLET = "•"
_BAR = re.compile(r"(?<!\\)\|")
_BEFORE_TABLE = "> \t-*+.)0123456789"
#: Each costs time: with more, the text is shown as it was written.
_MOST_MARKS, _MOST_LINES = 15_000, 10_000
_MARK = re.compile(r"[*_`~!<&\\]")
_LONGEST_LANGUAGE = 40
#: One line of words that mean themselves: no need to ask the parser, which takes as long as all
#: else that is done for a short answer.
_WORDS_ALONE = re.compile(r"[^\W\d_](?:[^\x00-\x1f\\`*_\[\]<>&~|]*[^\s\x00-\x1f\\`*_\[\]<>&~|])?")
_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*")


def read(text: str) -> list[Block]:
    """All that a page made of the text would show; empty where it shows nothing."""
    if _WORDS_ALONE.fullmatch(text) and "://" not in text:
        return [Prose(spans=(Span(text=text),))]
    if len(_MARK.findall(text)) > _MOST_MARKS or text.count("\n") > _MOST_LINES:
        return [Prose(spans=(Span(text=text.strip("\n")),))]
    many_links = text.count("[") > _MOST_BRACKETS
    tokens = _parser(links=not many_links).parse(text)
    if max((token.level for token in tokens), default=0) >= _DEEPEST - 1:
        return [
            Prose(spans=(Span(text=part),)) for part in _BLANK_LINES.split(text) if part.strip()
        ]
    return list(_Reader(tokens, text.split("\n")).blocks())


@cache
def _parser(*, links: bool) -> MarkdownIt:
    from markdown_it import MarkdownIt  # noqa: PLC0415 - the start need not wait for it

    # Raw HTML is no markup here: it is shown as it is written.
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": _DEEPEST})
    parser.enable(["table", "strikethrough"])
    return parser if links else parser.disable(["link", "image"])


@dataclass(slots=True)
class _Reader:
    tokens: Sequence[Token]
    lines: Sequence[str]
    #: For each open list the number of its next item; None: a bulleted one.
    _lists: list[int | None] = field(default_factory=list)
    _quotes: int = 0
    #: Of the item just opened, for its first block.
    _marker: str = ""

    def blocks(self) -> Iterator[Block]:
        at = 0
        while at < len(self.tokens):
            token = self.tokens[at]
            if token.type == "table_open":
                end = self._end_of_table(at)
                yield self._table(self.tokens[at:end])
                at = end
            else:
                yield from self._block(token, self.tokens[at - 1])
            at += 1

    def _table(self, tokens: Sequence[Token]) -> Table | Code:
        table = _table(tokens, self._place())
        begin, end = tokens[0].map or (0, 0)
        lines = self.lines[begin:end]
        if any(_cells(line) > len(table.head) for line in lines):
            # The parser leaves them out, as where a bar stands in code.
            return Code(text="\n".join(lines), place=table.place)
        return table

    def _end_of_table(self, at: int) -> int:
        while self.tokens[at].type != "table_close":
            at += 1
        return at

    def _block(self, token: Token, before: Token) -> Iterator[Block]:
        match token.type:
            case "inline":
                yield from self._prose(token, before)
            case "fence" | "code_block":
                yield _code(token, self._place())
            case "hr":
                yield RULE
            case _:
                self._frame(token)

    def _frame(self, token: Token) -> None:
        """Where the next blocks stand."""
        match token.type:
            case "blockquote_open":
                self._quotes += 1
            case "blockquote_close":
                self._quotes -= 1
            case "bullet_list_open":
                self._lists.append(None)
            case "ordered_list_open":
                self._lists.append(int(token.attrs.get("start", 1)))
            case "bullet_list_close" | "ordered_list_close":
                self._lists.pop()
            case "list_item_open":
                self._marker = self._next_marker()
            case "list_item_close":
                self._marker = ""

    def _next_marker(self) -> str:
        number = self._lists[-1]
        if number is None:
            return _BULLET
        self._lists[-1] = number + 1
        return f"{number}."

    def _prose(self, token: Token, before: Token) -> Iterator[Block]:
        spans = spans_of(token.children or [])
        if not spans:
            return
        place = self._place()
        level = int(before.tag[1:]) if before.type == "heading_open" else 0
        if place.marker and (task := _TASK.match(spans[0].text)):
            place = replace(place, marker=_MARKS[task[1]])
            first = replace(spans[0], text=spans[0].text[task.end() :].lstrip())
            # Words that begin with a look leave nothing before it, which LINE would refuse.
            spans = tuple(span for span in (first, *spans[1:]) if span.text) or spans
        yield Prose(spans=spans, level=level, place=place)

    def _place(self) -> Place:
        """Of the next block; an item's mark is shown once."""
        marker, self._marker = self._marker, ""
        return Place(depth=len(self._lists), quotes=self._quotes, marker=marker)


def _code(token: Token, place: Place) -> Code:
    language, text = " ".join(token.info.split()), token.content.strip("\n")
    if len(language) > _LONGEST_LANGUAGE:
        # It is said on every page of the code, and must leave room for that.
        return Code(text=f"{language}\n{text}", place=place)
    return Code(text=text, language=language, place=place)


def _table(tokens: Sequence[Token], place: Place) -> Table:
    rows: list[list[Spans]] = []
    aligned: list[Aligned] = []
    for number, token in enumerate(tokens):
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(spans_of(token.children or []))
            if len(rows) == 1:
                aligned.append(_alignment(tokens[number - 1]))
    return Table(
        head=tuple(rows[0]),
        rows=tuple(tuple(row) for row in rows[1:]),
        aligned=tuple(aligned),
        place=place,
    )


def _cells(line: str) -> int:
    """In a line of a table, whatever list or quote it stands in."""
    return len(_BAR.split(line.lstrip(_BEFORE_TABLE).rstrip().strip("|")))


def _alignment(cell: Token) -> Aligned:
    style = str(cell.attrs.get("style", ""))
    return next((one for one in Aligned if style == f"text-align:{one.css}"), Aligned.START)
