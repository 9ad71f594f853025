"""How much a person, and all in a chat, may ask for in a while."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Protocol


class Limited(enum.StrEnum):
    """What is counted, each by itself."""

    PROMPTS = "prompts"
    COMMANDS = "commands"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRates:
    """As `20/minute`, or several of them: `20/minute; 300/hour`."""

    prompts_per_person: str = "20/minute; 300/hour"
    prompts_per_chat: str = "40/minute; 600/hour"
    commands_per_person: str = "60/minute"
    commands_per_chat: str = "120/minute"

    def of_person(self, kind: Limited) -> str:
        is_prompt = kind is Limited.PROMPTS
        return self.prompts_per_person if is_prompt else self.commands_per_person

    def of_chat(self, kind: Limited) -> str:
        return self.prompts_per_chat if kind is Limited.PROMPTS else self.commands_per_chat


@dataclass(frozen=True, slots=True, kw_only=True)
class TooMuch:
    """It was one too many."""

    #: How long until there is room again.
    seconds: int
    #: Nobody was told since there is none.
    tell: bool


class RateLimits(Protocol):
    async def take(
        self, kind: Limited, *, person_id: str, chat_id: str | None, event_id: str
    ) -> TooMuch | None:
        """Count one event; None when there is room for it.

        An event asked about again, as after a crash, is not counted again and gets the same
        answer. `chat_id`: None where the chat is the person's own. Never raises: whoever cannot
        count together with the others counts alone.
        """
        ...
