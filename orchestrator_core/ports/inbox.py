"""What came in, and taking back what a person took back. Every fact is behind these."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from orchestrator_core.model import InboxEvent, NewInboxEvent, Turn


class InboxWriter(Protocol):
    async def store(self, events: Sequence[NewInboxEvent]) -> None:
        """Return once the events are durable. One already stored (same id) is passed over.

        Raises StorageFullError when nothing could be written.
        """
        ...

    async def quiet(self, at_most: float) -> None:
        """Give way to a flood of `store` calls, `at_most` seconds long; at once without one."""
        ...


class Inbox(Protocol):
    async def new(self, limit: int) -> list[InboxEvent]:
        """Events in state NEW, by the channel's time, and by arrival where that is the same."""
        ...

    async def take(self, event_id: int) -> InboxEvent | None:
        """Have the event, and its chat, to oneself until this transaction ends.

        None when it is no longer NEW, when an earlier event of its chat still is, or when
        somebody else has the chat in hand. Waits for nobody. Events without a chat have no order.
        """
        ...

    async def save(self, event: InboxEvent) -> None:
        """Its state and its failures; the rest stays as it was received."""
        ...

    async def rewrite(self, event_id: int, payload: str) -> None:
        """Replace what was received."""
        ...

    async def of_message(self, chat_id: str, message_id: str) -> list[InboxEvent]:
        """All events of the chat that bring, change or take back this message, handled or not."""
        ...

    async def is_overtaken(self, event: InboxEvent) -> bool:
        """Whether a later event of its chat is DONE: it came too late to say how things are."""
        ...

    async def last_id(self) -> int:
        """Of all events ever stored; 0 when there are none."""
        ...


class Brought(NamedTuple):
    """A turn that a message brought."""

    session_id: str
    turn_id: int


class Withdrawals(Protocol):
    """What becomes of a message that a person took back."""

    async def turns_of(self, chat_id: str, message_id: str) -> list[Brought]:
        """Oldest first."""
        ...

    async def erase_prompt(self, turn: Turn) -> None:
        """Make its text empty for good: in the turn, among the session's messages and in the
        event that told of it."""
        ...
