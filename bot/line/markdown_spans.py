"""The words of a paragraph with their looks, from the parser's inline tokens.

Addresses become links where LINE would open them, and are said in words where it would not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING

from bot.line.blocks import Span, Spans, words_of

if TYPE_CHECKING:
    from markdown_it.token import Token

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
_STYLES = {"strong", "em", "s"}


def spans_of(tokens: Iterable[Token]) -> Spans:
    """The words of a block with their looks; those that look alike are put together. Empty
    where there is nothing to see."""
    seen = (span for span in _styled(tokens) if span.text)
    found = tuple(
        replace(look, text="".join(span.text for span in alike))
        for look, alike in groupby(seen, key=lambda span: replace(span, text=""))
    )
    return found if words_of(found).strip() else ()


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
                linked.hear(span.text)
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
    words: list[str] = field(default_factory=list)

    def hear(self, words: str) -> None:
        if self.address:
            self.words.append(words)

    @property
    def opens(self) -> str:
        """The address, when it can be opened; else nothing."""
        fits = len(self.address) <= _LONGEST_ADDRESS and _ADDRESS.fullmatch(self.address)
        return self.address if fits else ""

    def said(self, look: Span) -> Iterator[Span]:
        """The address in words, where it cannot be opened and was not said."""
        said = "".join(self.words) or " "
        if not self.opens and self.address and not self.address.endswith(said):
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
        linked.hear(span.text)
        yield replace(look, text=span.text, code=span.code)
    if not any(linked.words):
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
