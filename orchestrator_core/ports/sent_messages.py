"""Which message told of which turn: people quote them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class SentMessages(Protocol):
    async def add(self, chat_id: str, turn_id: int, message_ids: Sequence[str]) -> None:
        """By the channel's ids."""
        ...

    async def session_of(self, chat_id: str, message_id: str) -> str | None:
        """The session whose turn a message of this chat told of."""
        ...
