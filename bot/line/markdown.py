"""Markdown read into a flat row of blocks, in the order in which they are read.

Lists and quotes are not nested in it: each block says how deep it stands. So it can be cut into
pages anywhere, and what is made of it is never nested deeper than one block is.
Knows nothing of LINE.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING

from bot.line.blocks import RULE, Aligned, Block, Code, Place, Prose, Span, Spans, Table, words_of

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

#: What is nested deeper is shown as it was written: the parser would leave it out.
_DEEPEST = 60
#: Each open bracket may be looked for its end up to the end of the text.
_MOST_BRACKETS = 3000
#: Stricter than others are: a whole message is refused for one address that is none.
_ADDRESS = re.compile(
    r"https?://(?:[a-z0-9-]+\.)+[a-z0-9-]+(?::[0-9]{1,5})?"
    r"(?:[/?#](?:[\w.~:/?#@!$&'()*+,;=-]|%[0-9a-f]{2})*)?",
    re.ASCII | re.IGNORECASE,
)
#: https://developers.line.biz/en/reference/messaging-api/#uri-action
_LONGEST_ADDRESS = 1000
#: What ends a sentence rather than an address.
_AFTER_ADDRESS = ".,:;!?)*_~'"
_TASK = re.compile(r"\[([ xX])\](?=\s)")
_MARKS = {" ": "☐", "x": "☑", "X": "☑"}
_STYLES = {"strong", "em", "s"}
_BULLET = "•"
_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*")


def read(text: str) -> list[Block]:
    """All that a page made of the text would show; empty where it shows nothing."""
    many_links = text.count("[") > _MOST_BRACKETS
    tokens = _parser(links=not many_links).parse(text)
    if max((token.level for token in tokens), default=0) >= _DEEPEST - 1:
        return [
            Prose(spans=(Span(text=part),)) for part in _BLANK_LINES.split(text) if part.strip()
        ]
    return list(_Reader(tokens).blocks())


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
                yield _table(self.tokens[at:end], self._place())
                at = end
            else:
                yield from self._block(token, self.tokens[at - 1])
            at += 1

    def _end_of_table(self, at: int) -> int:
        while self.tokens[at].type != "table_close":
            at += 1
        return at

    def _block(self, token: Token, before: Token) -> Iterator[Block]:
        match token.type:
            case "inline":
                yield from self._prose(token, before)
            case "fence" | "code_block":
                language = " ".join(token.info.split())
                yield Code(text=token.content.strip("\n"), language=language, place=self._place())
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
        spans = _spans(token.children or [])
        if not spans:
            return
        place = self._place()
        level = int(before.tag[1:]) if before.type == "heading_open" else 0
        if place.marker and (task := _TASK.match(spans[0].text)):
            place = replace(place, marker=_MARKS[task[1]])
            spans = (replace(spans[0], text=spans[0].text[task.end() :].lstrip()), *spans[1:])
        yield Prose(spans=spans, level=level, place=place)

    def _place(self) -> Place:
        """Of the next block; an item's mark is shown once."""
        marker, self._marker = self._marker, ""
        return Place(depth=len(self._lists), quotes=self._quotes, marker=marker)


def _table(tokens: Sequence[Token], place: Place) -> Table:
    rows: list[list[Spans]] = []
    aligned: list[Aligned] = []
    for number, token in enumerate(tokens):
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(_spans(token.children or []))
            if len(rows) == 1:
                aligned.append(_alignment(tokens[number - 1]))
    return Table(
        head=tuple(rows[0]),
        rows=tuple(tuple(row) for row in rows[1:]),
        aligned=tuple(aligned),
        place=place,
    )


def _alignment(cell: Token) -> Aligned:
    style = str(cell.attrs.get("style", ""))
    return next((one for one in Aligned if style == f"text-align:{one.css}"), Aligned.START)


def _spans(tokens: Iterable[Token]) -> Spans:
    """The words of a block with their looks; those that look alike are put together. Empty
    where there is nothing to see."""
    found: list[Span] = []
    for span in _styled(tokens):
        if found and replace(found[-1], text="") == replace(span, text=""):
            found[-1] = replace(span, text=found[-1].text + span.text)
        elif span.text:
            found.append(span)
    return tuple(found) if words_of(tuple(found)).strip() else ()


def _styled(tokens: Iterable[Token]) -> Iterator[Span]:
    look, linked = Span(text=""), _Linked()
    for token in tokens:
        if token.type == "link_open":
            linked = _Linked(address=str(token.attrs.get("href", "")))
            look = replace(look, link=linked.opens)
        elif token.type == "link_close":
            look = replace(look, link="")
            yield from linked.said(look)
            linked = _Linked()
        elif token.tag in _STYLES and token.nesting:
            look = _changed(look, token.tag, on=token.nesting > 0)
        else:
            for span in _words(token, look):
                linked.words += span.text
                yield span


def _changed(look: Span, tag: str, *, on: bool) -> Span:
    match tag:
        case "strong":
            return replace(look, bold=on)
        case "em":
            return replace(look, italic=on)
        case _:
            return replace(look, struck=on)


@dataclass(slots=True)
class _Linked:
    """A link that is being read."""

    address: str = ""
    words: str = ""

    @property
    def opens(self) -> str:
        """The address, when it can be opened; else nothing."""
        fits = len(self.address) <= _LONGEST_ADDRESS and _ADDRESS.fullmatch(self.address)
        return self.address if fits else ""

    def said(self, look: Span) -> Iterator[Span]:
        """The address in words, where it cannot be opened and was not said."""
        if not self.opens and self.address and not self.address.endswith(self.words or " "):
            yield replace(look, text=f" ({self.address})")


def _words(token: Token, look: Span) -> Iterator[Span]:
    match token.type:
        case "code_inline":
            yield replace(look, text=token.content, code=True)
        case "image":
            yield from _image(token, look)
        case "softbreak" | "hardbreak":
            yield replace(look, text="\n")
        case _:
            yield from _with_addresses(replace(look, text=token.content))


def _image(token: Token, look: Span) -> Iterator[Span]:
    """Its words, which lead to it; inside a link they lead where that does."""
    linked = _Linked(address=str(token.attrs.get("src", "")))
    look = replace(look, link=look.link or linked.opens)
    for span in _styled(token.children or []):
        linked.words += span.text
        yield replace(look, text=span.text, code=span.code)
    if not linked.words:
        yield replace(look, text=linked.address)
    else:
        yield from linked.said(replace(look, link=""))


def _with_addresses(span: Span) -> Iterator[Span]:
    """The addresses that stand in a text as they are become links too."""
    if span.link:
        yield span
        return
    done = 0
    for found in _ADDRESS.finditer(span.text):
        address = found[0].rstrip(_AFTER_ADDRESS)
        if len(address) <= _LONGEST_ADDRESS and _ADDRESS.fullmatch(address):
            yield replace(span, text=span.text[done : found.start()])
            yield replace(span, text=address, link=address)
            done = found.start() + len(address)
    yield replace(span, text=span.text[done:])
