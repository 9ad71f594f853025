"""The beginning of what LINE's message objects say, for a list. Shows no button's data."""

from __future__ import annotations

from collections.abc import Sequence

from bot.line.characters import cut_to_clusters
from orchestrator_core.model import JsonObject

LENGTH = 100


def preview(messages: Sequence[JsonObject]) -> str:
    """What a notification of the first would show, on one line."""
    first = messages[0] if messages else {}
    words = str(first.get("text") or first.get("altText") or "").split()
    return cut_to_clusters(" ".join(words), LENGTH)
