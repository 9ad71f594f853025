"""Cuts a long text into pieces that LINE takes, where a reader would cut it.

Best is between paragraphs, then between lines outside a code fence, then between lines inside
one (which is closed, and reopened in the next piece), then after a sentence or a word, and at
last between grapheme clusters. Knows nothing of messages.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.line.characters import cluster_ends, end_within, utf16_length

#: https://developers.line.biz/en/reference/messaging-api/#text-message
TEXT_LIMIT = 5000
#: Below this an added fence line could take all the room.
LEAST_LIMIT = 200

_PARAGRAPH = re.compile(r"\n(?:[ \t\r]*\n)+")
_LINE = re.compile(r"\n")
_SENTENCE = re.compile(r"[。．！？]+[」』）]*|[.!?]+[\"')\]]*\s+")
_SPACE = re.compile(r"\s+")

#: The fence that opens a code block, and what follows it; a longer one is none.
_FENCE = re.compile(r"^[ \t]{0,20}(`{3,20}(?!`)|~{3,20}(?!~))([^`\n]*)\n", re.MULTILINE)
_INFO_LIMIT = 60
#: A line break and the longest fence.
_CLOSING_ROOM = 21


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A slice of the text, with the fence lines that make it readable by itself."""

    body: str
    reopened: str = ""
    closed: str = ""

    def __str__(self) -> str:
        return self.reopened + self.body + self.closed


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fence:
    #: Where the code begins, after the opening line.
    start: int
    #: Where it ends: the closing line begins here.
    end: int
    mark: str
    opening: str


def split(text: str, limit: int = TEXT_LIMIT) -> list[Piece]:
    """Pieces of at most `limit` UTF-16 units each; their bodies in a row are the text.

    Raises ValueError when `limit` is below LEAST_LIMIT.
    """
    if limit < LEAST_LIMIT:
        raise ValueError(f"At least {LEAST_LIMIT} units are needed.")
    if utf16_length(text) <= limit:
        return [Piece(body=text)] if text else []
    fences = _Fences(text)
    pieces: list[Piece] = []
    start = 0
    while start < len(text):
        reopened = fences.reopening(start)
        end = _end(text, start, limit - utf16_length(reopened), fences)
        body = text[start:end]
        pieces.append(Piece(body=body, reopened=reopened, closed=fences.closing(end, body)))
        start = end
    return pieces


def _end(text: str, start: int, room: int, fences: _Fences) -> int:
    if end_within(text, start, room) == len(text):
        return len(text)
    end = end_within(text, start, room - _CLOSING_ROOM)
    borders = list(cluster_ends(text, start, end))
    # Pieces less than half full would cost calls for nothing.
    half = start + (end - start) // 2
    allowed = set(borders)
    for pattern, suits in _preferences(fences):
        places = [match.end() for match in pattern.finditer(text, half, end)]
        fit = [place for place in places if place in allowed and suits(place)]
        if fit:
            return fit[-1]
    return borders[-1] if borders else end


def _preferences(fences: _Fences) -> Iterator[tuple[re.Pattern[str], Callable[[int], bool]]]:
    yield _PARAGRAPH, fences.outside
    yield _LINE, fences.outside
    yield _LINE, fences.between_code_lines
    yield _SENTENCE, fences.off_the_marks
    yield _SPACE, fences.off_the_marks


class _Fences:
    """The code blocks of a text."""

    def __init__(self, text: str) -> None:
        self._length = len(text)
        self._fences = list(_fences_in(text))
        self._starts = [fence.start for fence in self._fences]

    def outside(self, place: int) -> bool:
        return self._around(place) is None

    def between_code_lines(self, place: int) -> bool:
        """Inside, with code both before and after: no empty block is left behind."""
        fence = self._around(place)
        return fence is not None and fence.start < place < fence.end

    def off_the_marks(self, place: int) -> bool:
        return self.outside(place) or self.between_code_lines(place)

    def reopening(self, place: int) -> str:
        fence = self._around(place)
        return fence.opening if fence else ""

    def closing(self, place: int, body: str) -> str:
        fence = self._around(place)
        if fence is None or place == self._length:
            return ""
        return fence.mark if body.endswith("\n") else "\n" + fence.mark

    def _around(self, place: int) -> _Fence | None:
        number = bisect.bisect_right(self._starts, place) - 1
        if number < 0 or place > self._fences[number].end:
            return None
        return self._fences[number]


def _fences_in(text: str) -> Iterator[_Fence]:
    place = 0
    while opening := _FENCE.search(text, place):
        mark, info = opening[1], opening[2].strip()
        closing = re.compile(
            rf"^[ \t]{{0,20}}{re.escape(mark)}{re.escape(mark[0])}*[ \t\r]*$", re.MULTILINE
        ).search(text, opening.end())
        end = closing.start() if closing else len(text)
        shown = info if utf16_length(info) <= _INFO_LIMIT else ""
        yield _Fence(start=opening.end(), end=end, mark=mark, opening=f"{mark}{shown}\n")
        place = closing.end() if closing else len(text)
