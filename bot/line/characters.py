"""How texts are counted, cut and made fit to be kept or sent.

LINE counts texts in UTF-16 units and labels in grapheme clusters:
https://developers.line.biz/en/docs/messaging-api/text-character-count/
Knows nothing of messages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import regex

ELLIPSIS = "…"

#: Half a pair is no character, and PostgreSQL keeps no NUL in a text.
_NOT_TEXT = re.compile(r"[\x00\ud800-\udfff]")
#: A cluster is looked at this far beyond the place where it has to end.
_LOOK_AHEAD = 64


@cache
def _cluster() -> regex.Pattern[str]:
    import regex  # noqa: PLC0415 - the start need not wait for it

    return regex.compile(r"\X")


def utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cleaned(text: str) -> str:
    """The text with what is no character shown as U+FFFD, so that it can be kept and sent."""
    return _NOT_TEXT.sub("\ufffd", text)


def end_within(text: str, start: int, units: int) -> int:
    """The greatest end for which `text[start:end]` has at most `units` UTF-16 units."""
    end = min(len(text), start + units)
    excess = utf16_length(text[start:end]) - units
    while excess > 0:
        end -= 1
        excess -= utf16_length(text[end])
    return end


def cluster_ends(text: str, start: int, end: int) -> Iterator[int]:
    """Where grapheme clusters end, counted from `start`, up to and including `end`."""
    for cluster in _cluster().finditer(text, start, min(len(text), end + _LOOK_AHEAD)):
        if cluster.end() > end:
            return
        yield cluster.end()


def cut_to_clusters(text: str, count: int) -> str:
    """At most `count` clusters; where some had to go, the last one is an ellipsis."""
    clusters = _cluster().findall(text)
    if len(clusters) <= count:
        return text
    return "".join(clusters[: count - 1]).rstrip() + ELLIPSIS


def cut_to_units(text: str, units: int) -> str:
    """At most `units` UTF-16 units, ending at a cluster; with an ellipsis where some had to go."""
    if utf16_length(text) <= units:
        return text
    end = end_within(text, 0, units - 1)
    return text[: max(cluster_ends(text, 0, end), default=end)].rstrip() + ELLIPSIS
