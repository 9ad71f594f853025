"""Tables for a phone: a grid where it fits the width, else one entry per row.

Knows nothing of looks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.line.blocks import Block, Prose, Span, Spans, Table, words_of
from bot.line.pages import PAGE, columns, cost

_MOST_COLUMNS = 4
#: How many columns a grid has, in small type and with the room between its cells.
_TABLE = 34
_NARROWEST = 3
_NARROWEST_WIDE = 8
#: What is higher is better told than shown.
_MOST_LINES = 4
#: Letters of a head that is said again with every row; a longer one is said once.
_MOST_REPEATED = 50_000
_BULLET = "▪"
_NOTHING = (Span(text="–"),)
_WORD = re.compile("[!-~]+")


def shaped(blocks: Sequence[Block]) -> Iterator[Block]:
    """With every table that does not fit a phone's width told row by row."""
    for block in blocks:
        if isinstance(block, Table) and not _fits(block):
            yield from _told(block)
        else:
            yield block


def widths(table: Table) -> list[int]:
    """How its columns share the width: none is narrower than its longest word."""
    least = [max(map(_longest_word, column)) for column in _columns(table)]
    wanted = [max(map(_width, column)) for column in _columns(table)]
    more = [want - have for want, have in zip(wanted, least, strict=True)]
    left = max(0, _TABLE - sum(least))
    if sum(more) <= left:
        return wanted
    return [have + left * one // sum(more) for have, one in zip(least, more, strict=True)]


def _columns(table: Table) -> Iterator[tuple[Spans, ...]]:
    return zip(table.head, *table.rows, strict=True)


def _fits(table: Table) -> bool:
    if len(table.head) > _MOST_COLUMNS:
        return False
    shares = widths(table)
    if sum(shares) > _TABLE:
        return False
    rows = (table.head, *table.rows)
    if any(
        _width(cell) > _MOST_LINES * share or any(span.link for span in cell)
        for row in rows
        for cell, share in zip(row, shares, strict=True)
    ):
        return False
    highest = max((replace(table, rows=(row,)) for row in table.rows), key=cost, default=table)
    return cost(highest) <= PAGE // 2


def _width(cell: Spans) -> int:
    return max(columns(line) for line in words_of(cell).split("\n"))


def _longest_word(cell: Spans) -> int:
    """What is not ASCII may be broken anywhere, though not after every letter."""
    words = words_of(cell)
    longest = max(map(len, _WORD.findall(words)), default=_NARROWEST)
    return max(longest, _NARROWEST if words.isascii() else min(_width(cell), _NARROWEST_WIDE))


def _told(table: Table) -> Iterator[Prose]:
    """Each row an entry that its first cell heads."""
    place = replace(table.place, depth=table.place.depth + 1, marker=_BULLET)
    heads = table.head
    if not table.rows or len(table.rows) * sum(map(len, map(words_of, heads))) > _MOST_REPEATED:
        yield Prose(spans=_joined([head for head in heads if head]), place=place)
        heads = ((),) * len(heads)
    for row in table.rows:
        named = [_named(head, cell) for head, cell in zip(heads, row, strict=True)]
        yield Prose(spans=_joined([one for one in named if one]), place=place)


def _named(head: Spans, cell: Spans) -> Spans:
    if not head:
        return cell
    return (*(replace(span, bold=True) for span in head), Span(text=": "), *(cell or _NOTHING))


def _joined(lines: Sequence[Spans]) -> Spans:
    spans: list[Span] = []
    for line in lines:
        spans += [Span(text="\n"), *line] if spans else line
    return tuple(spans)
