"""Plain texts as LINE's text message objects."""

from __future__ import annotations

from bot.line.characters import cleaned
from bot.line.splitting import split
from orchestrator_core.model import JsonObject


def text_objects(text: str) -> list[JsonObject]:
    """Raises ValueError when there is nothing to see in the text: LINE would refuse it."""
    if not text.strip():
        raise ValueError("A message must not be empty.")
    shown = [piece.strip("\r\n") for piece in split(cleaned(text)) if piece.strip()]
    return [{"type": "text", "text": piece} for piece in shown]
