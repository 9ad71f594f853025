"""The messaging platform, without its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from orchestrator_core.incoming import Incoming
from orchestrator_core.messages import Message
from orchestrator_core.model import (
    Chat,
    JsonObject,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    display_name: str
    #: BCP 47 as the channel gives it, None when it does not.
    language: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """What may be pushed this month. Replies do not count."""

    #: None: any number.
    limit: int | None
    used: int


class Messenger(Protocol):
    """Calls to the messaging platform; raises the MessengerErrors."""

    async def reply(self, token: str, messages: Sequence[JsonObject]) -> tuple[str, ...]:
        """The ids of the messages, in order; none when they are not told."""
        ...

    async def push(
        self, chat_id: str, messages: Sequence[JsonObject], *, retry_key: str
    ) -> tuple[str, ...]:
        """Once per `retry_key`, however often it is called within a day. The ids as above."""
        ...

    async def show_loading(self, chat_id: str, seconds: int) -> None: ...

    async def profile(self, person_id: str) -> Profile: ...

    async def quota(self) -> Quota: ...

    async def member_name(self, chat: Chat, person_id: str) -> str:
        """What somebody calls themselves, in a group as its members see it."""
        ...

    async def members(self, chat_id: str) -> int:
        """How many people a push to the chat counts for."""
        ...


class EventReader(Protocol):
    def read(self, payload: str) -> Incoming:
        """What a stored webhook event means. Raises ValueError when it cannot be read."""
        ...

    def without_content(self, payload: str) -> str:
        """The event without anything the person wrote or sent; what it was can still be told."""
        ...


class Renderer(Protocol):
    def calls(
        self, messages: Sequence[Message], *, chat: Chat, person_id: str | None
    ) -> list[tuple[JsonObject, ...]]:
        """The messages in the platform's own shape, packed into as few calls as it allows.

        Buttons that carry an answer are signed for this chat and person. Nothing is cut off.
        """
        ...
