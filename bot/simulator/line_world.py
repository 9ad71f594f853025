"""All that one stand-in for LINE remembers, in one place, so that its parts can share it."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.simulator.line_faults import Faults
from bot.simulator.line_journal import Journal, Kind
from bot.simulator.line_state import (
    Clock,
    Content,
    JsonObject,
    Names,
    People,
    Quota,
    ReplyTokens,
    RetryKeys,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    user_id: str
    display_name: str
    basic_id: str = "@denrei"


@dataclass(slots=True, kw_only=True)
class Menus:
    """Rich menus: what they are, their pictures, who sees which."""

    made: dict[str, JsonObject] = field(default_factory=dict)
    images: dict[str, Content] = field(default_factory=dict)
    of_person: dict[str, str] = field(default_factory=dict)
    default: str | None = None

    def seen_by(self, person: str) -> str | None:
        return self.of_person.get(person, self.default)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    clock: Clock
    bot: Bot
    people: People
    journal: Journal
    reply_tokens: ReplyTokens
    retry_keys: RetryKeys
    quota: Quota
    faults: Faults = field(default_factory=Faults)
    names: Names = field(default_factory=Names)
    menus: Menus = field(default_factory=Menus)
    #: Pictures, sound and files of people, by message id.
    contents: dict[str, Content] = field(default_factory=dict)
    #: Which message a token marks as read: chat and message id.
    read_tokens: dict[str, tuple[str, str]] = field(default_factory=dict)

    def tell_quota(self) -> None:
        self.journal.add(Kind.QUOTA, limit=self.quota.limit, used=self.quota.used)
