"""Cuts the blocks of an answer into pages, each to be read on one phone's screen or two.

How much room a block takes is measured in columns: half the width of a Japanese letter. What a
page is made of then stays safely below what LINE takes in one bubble. Knows nothing of looks.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from bot.line.blocks import Block, Code, Prose, Spans, Table, parted, words_of
from bot.line.splitting import cut_before

#: Columns in a line of text.
LINE = 40
PAGE = 60 * LINE
#: With less room than this, what does not fit is begun on the next page.
_LEAST = 8 * LINE
#: Of headings, that go over to the next page with what they head.
_MOST_CARRIED = PAGE // 4
#: What a change of looks costs beyond its letters.
_SPAN = 12


def pages(blocks: Sequence[Block]) -> list[list[Block]]:
    """At least one; only a first one may be empty."""
    packed = _Packed()
    for block in blocks:
        packed.add(block)
    return packed.pages


def cost(block: Block) -> int:
    """In columns: the lines it begins, and what their looks cost."""
    match block:
        case Code():
            return (1 + lines(block.text, LINE) + lines(block.language, LINE)) * LINE
        case Table():
            return sum(_cost_of_row(row) for row in (block.head, *block.rows))
        case Prose():
            return _cost_of(block.spans)


def lines(text: str, width: int) -> int:
    """How many of this many columns a text takes."""
    return sum(max(1, -(-columns(line) // max(1, width))) for line in text.split("\n"))


def columns(text: str) -> int:
    """Letters without width count too: they cost bytes."""
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    is_wide = not character.isascii() and unicodedata.east_asian_width(character) in "WF"
    return 2 if is_wide or character > "\uffff" else 1


def _cost_of(spans: Spans) -> int:
    shown = sum(lines(link, LINE) for link in {span.link for span in spans if span.link})
    return (lines(words_of(spans), LINE) + shown) * LINE + _SPAN * len(spans)


def _cost_of_row(row: Sequence[Spans]) -> int:
    tallest = max(lines(words_of(cell), LINE // len(row)) for cell in row)
    return tallest * LINE + _SPAN * sum(1 + len(cell) for cell in row)


@dataclass(slots=True)
class _Packed:
    pages: list[list[Block]] = field(default_factory=lambda: [[]])
    _room: int = PAGE

    def add(self, block: Block) -> None:
        while not _fits(block, self._room):
            if self.pages[-1] and (_fits(block, PAGE) or self._room < _LEAST):
                self._turn()
                continue
            head, rest = _cut(block, self._room)
            if self.pages[-1] and cost(head) > self._room:
                self._turn()
                continue
            self.pages[-1].append(head)
            self._turn()
            block = rest
        self.pages[-1].append(block)
        self._room -= cost(block)

    def _turn(self) -> None:
        """A heading goes over to the next page with what it heads."""
        page = self.pages[-1]
        kept = len(page)
        while kept > 1 and isinstance(last := page[kept - 1], Prose) and last.level:
            kept -= 1
        taken = sum(cost(one) for one in page[kept:])
        if taken > _MOST_CARRIED:
            kept, taken = len(page), 0
        self.pages[-1:] = [page[:kept], page[kept:]]
        self._room = PAGE - taken


def _fits(block: Block, room: int) -> bool:
    # Of what is long only as much as may fit is measured.
    return _length(block) <= room and cost(block) <= room


def _length(block: Block) -> int:
    """Letters, rows or looks: each costs a column or more."""
    match block:
        case Code():
            return len(block.text)
        case Table():
            return len(block.rows)
        case Prose() if len(block.spans) > PAGE // _SPAN:
            return len(block.spans) * _SPAN
        case Prose():
            return sum(len(span.text) for span in block.spans)


def _cut(block: Block, room: int) -> tuple[Block, Block]:
    """What fits, at least something, and the rest."""
    if isinstance(block, Table):
        # Each row is a line or more.
        ends = range(2, min(len(block.rows), room // LINE + 1))
        return _parts(block, 1 + _fitting(block, ends, room))
    # Of many looks no more are measured than may fit.
    near = block
    if isinstance(block, Prose):
        near = replace(block, spans=block.spans[: max(1, room // _SPAN)])
    text = near.text if isinstance(near, Code) else words_of(near.spans)
    ends = range(1, min(len(text), room) + 1)
    return _parts(block, cut_before(text, 0, max(1, _fitting(near, ends, room))))


def _fitting(block: Block, ends: range, room: int) -> int:
    return bisect_right(ends, room, key=lambda end: cost(_parts(block, end)[0]))


def _parts(block: Block, at: int) -> tuple[Block, Block]:
    """The block up to a row or a letter, and the rest."""
    if isinstance(block, Table):
        return replace(block, rows=block.rows[:at]), replace(block, rows=block.rows[at:])
    if isinstance(block, Code):
        return replace(block, text=block.text[:at]), replace(block, text=block.text[at:])
    front, back = parted(block.spans, at)
    place = replace(block.place, marker="")
    return replace(block, spans=front), replace(block, spans=back, place=place)
