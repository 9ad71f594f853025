"""Finds and takes out the mentions of Denrei in a text, and what it is called by besides.

https://developers.line.biz/en/reference/messaging-api/#wh-text
LINE counts their places in UTF-16 units. Performs no I/O.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

#: Between a name and what is said: any white space or a mark that sets the name apart.
_APART = r"(?:[\s,:;!?.、，。：；！？…]+|$)"


class Prefixes:
    """Names that a text may begin with. On a computer, LINE lets nobody mention."""

    def __init__(self, names: Sequence[str]) -> None:
        words = sorted({_folded(name) for name in names if name.strip()}, key=len, reverse=True)
        named = "|".join(re.escape(word) for word in words)
        self._pattern = re.compile(rf"[@＠]?(?:{named}){_APART}") if words else None

    def rest_of(self, text: str) -> str | None:
        """What follows a name; None where the text begins with none."""
        text = text.lstrip()
        # Folded letter by letter, so that places stay what they were.
        folded = "".join(_folded(one) if len(_folded(one)) == 1 else one for one in text)
        match = self._pattern.match(folded) if self._pattern else None
        return text[match.end() :].strip() if match else None


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def without_own_mentions(text: str, mention: Any) -> tuple[str, bool]:
    """The text without the mentions of the bot itself, and whether there was one.

    A mention whose place makes no sense stays in the text, yet counts.
    """
    mentionees = mention.get("mentionees") if isinstance(mention, dict) else None
    if not isinstance(mentionees, list):
        return text, False
    own = [one for one in mentionees if isinstance(one, dict) and one.get("isSelf") is True]
    if not own:
        return text, False
    units = text.encode("utf-16-le", "surrogatepass")
    # From the back, so that the places further ahead stay true.
    for start, end in sorted(_places(own, len(units) // 2), reverse=True):
        units = units[: start * 2] + units[end * 2 :]
    return units.decode("utf-16-le", "surrogatepass").strip(), True


def _places(mentionees: list[dict[str, Any]], length: int) -> set[tuple[int, int]]:
    """Start and end of each, those left out that overlap another."""
    found: set[tuple[int, int]] = set()
    for one in mentionees:
        index, count = one.get("index"), one.get("length")
        if type(index) is not int or type(count) is not int:
            continue
        place = (index, index + count)
        apart = all(place[1] <= start or place[0] >= end for start, end in found)
        if 0 <= index < place[1] <= length and apart:
            found.add(place)
    return found
