"""Finds and takes out the mentions of Denrei in a text.

https://developers.line.biz/en/reference/messaging-api/#wh-text
LINE counts their places in UTF-16 units. Performs no I/O.
"""

from __future__ import annotations

from typing import Any


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
