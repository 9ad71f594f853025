"""Cuts a long text where a reader would cut it.

Best is between paragraphs, then between lines, then after a sentence or a word, and at last
between grapheme clusters. Knows nothing of messages.
"""

from __future__ import annotations

import re

from bot.line.characters import cluster_ends, end_within, utf16_length

#: https://developers.line.biz/en/reference/messaging-api/#text-message
TEXT_LIMIT = 5000

#: Where to cut, the best first.
_PREFERENCES = (
    re.compile(r"\n(?:[ \t\r]*\n)+"),
    re.compile(r"\n"),
    re.compile(r"[。．！？]+[」』）]*|[.!?]+[\"')\]]*\s+"),
    re.compile(r"\s+"),
)


def split(text: str, limit: int = TEXT_LIMIT) -> list[str]:
    """Pieces of at most `limit` UTF-16 units each; in a row they are the text."""
    pieces: list[str] = []
    start = 0
    while start < len(text):
        whole = utf16_length(text[start : start + limit]) <= limit and len(text) - start <= limit
        end = len(text) if whole else cut_before(text, start, end_within(text, start, limit))
        pieces.append(text[start:end])
        start = end
    return pieces


def cut_before(text: str, start: int, end: int) -> int:
    """The best place to end a piece that begins at `start` and may reach to `end`."""
    borders = list(cluster_ends(text, start, end))
    # Pieces less than half full would cost calls for nothing.
    half = start + (end - start) // 2
    allowed = set(borders)
    for pattern in _PREFERENCES:
        places = [match.end() for match in pattern.finditer(text, half, end)]
        fit = [place for place in places if place in allowed]
        if fit:
            return fit[-1]
    return borders[-1] if borders else end
