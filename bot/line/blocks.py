"""What a written answer is made of: paragraphs, headings, code, tables. Data only."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Words that look alike."""

    text: str
    bold: bool = False
    italic: bool = False
    struck: bool = False
    code: bool = False
    #: Where they lead; empty: nowhere.
    link: str = ""


Spans = tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a block stands."""

    #: In how many lists, within one another.
    depth: int = 0
    #: In how many quotes.
    quotes: int = 0
    #: Of a list's item, on its first block: a bullet, a number, a box to tick.
    marker: str = ""


NOWHERE = Place()


class Aligned(enum.StrEnum):
    START = "start"
    CENTER = "center"
    END = "end"

    @property
    def css(self) -> str:
        return {"start": "left", "end": "right"}.get(self.value, self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prose:
    """A paragraph, a heading, or a list's item."""

    spans: Spans
    #: Of a heading, from 1, the greatest; 0: it is none.
    level: int = 0
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    text: str
    #: And whatever else was written behind the fence.
    language: str = ""
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    head: tuple[Spans, ...]
    #: Each as wide as the head.
    rows: tuple[tuple[Spans, ...], ...]
    aligned: tuple[Aligned, ...]
    place: Place = NOWHERE


Block = Prose | Code | Table

#: A line across.
RULE = Prose(spans=())


def words_of(spans: Spans) -> str:
    return "".join(span.text for span in spans)


def parted(spans: Spans, at: int) -> tuple[Spans, Spans]:
    """Those before a letter, and those from it on."""
    left = at
    for number, span in enumerate(spans):
        if left < len(span.text):
            front = (replace(span, text=span.text[:left]),) if left else ()
            back = (replace(span, text=span.text[left:]),)
            return (*spans[:number], *front), (*back, *spans[number + 1 :])
        left -= len(span.text)
    return spans, ()
