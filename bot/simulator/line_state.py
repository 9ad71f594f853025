"""What the stand-in for LINE remembers: people, reply tokens, retry keys, quota, sent content.

Pure memory with a clock handed in. Knows nothing of HTTP.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Protocol

JsonObject = dict[str, Any]

REPLY_TOKEN_LIFE = timedelta(seconds=60)
RETRY_KEY_LIFE = timedelta(hours=24)
#: Quota starts afresh at midnight of the first, Japanese time.
QUOTA_ZONE = timezone(timedelta(hours=9))


class Clock(Protocol):
    def now(self) -> datetime:
        """The present, aware."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def user_id(name: str) -> str:
    """An id of LINE's shape, always the same for the same name."""
    return _id("U", name)


def group_id(name: str) -> str:
    return _id("C", name)


def _id(kind: str, name: str) -> str:
    return kind + hashlib.sha256(f"{kind}:{name}".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    user_id: str
    display_name: str
    #: BCP 47; None when the person did not let LINE tell.
    language: str | None = "en"
    #: Did the person block the bot?
    blocked: bool = False


#: The two who are there unless others are named.
OWNER = Profile(user_id=user_id("owner"), display_name="Haru")
STRANGER = Profile(user_id=user_id("stranger"), display_name="A stranger")


class People:
    """Who exists, and which groups they are in. Whoever is named first is made up."""

    def __init__(self, profiles: Iterable[Profile]) -> None:
        self._profiles = {profile.user_id: profile for profile in profiles}
        self._groups: dict[str, list[str]] = {}

    def all(self) -> list[Profile]:
        return list(self._profiles.values())

    def get(self, person: str) -> Profile | None:
        return self._profiles.get(person)

    def meet(self, person: str) -> Profile:
        known = self._profiles.get(person)
        if known is None:
            known = Profile(user_id=person, display_name=f"User {person[1:5]}")
            self._profiles[person] = known
        return known

    def change(self, person: str, **changes: Any) -> Profile:
        changed = replace(self.meet(person), **changes)
        self._profiles[person] = changed
        return changed

    def join(self, group: str, person: str) -> None:
        self.meet(person)
        members = self._groups.setdefault(group, [])
        if person not in members:
            members.append(person)

    def members(self, group: str) -> list[str]:
        return list(self._groups.get(group, ()))

    def knows_chat(self, chat: str) -> bool:
        return chat in self._profiles or chat in self._groups

    def receivers(self, chat: str) -> int:
        """How many pushes one call to this chat costs: those who blocked the bot cost nothing."""
        people = self._groups.get(chat) or [chat]
        return sum(1 for person in people if not self.meet(person).blocked)


class ReplyTokens:
    """One answer each, within a minute."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open: dict[str, tuple[str, datetime]] = {}

    def issue(self, chat: str) -> str:
        token = secrets.token_hex(16)
        self._open[token] = (chat, self._clock.now() + REPLY_TOKEN_LIFE)
        return token

    def spend(self, token: str) -> str | None:
        """The chat it answers, or None: unknown, used or too old."""
        chat, ends_at = self._open.pop(token, ("", None))
        return chat if ends_at is not None and self._clock.now() <= ends_at else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A call LINE took: what a caller is told who comes with the same retry key again."""

    request_id: str
    sent_messages: tuple[JsonObject, ...]
    at: datetime


class RetryKeys:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._accepted: dict[str, Accepted] = {}

    def find(self, key: str) -> Accepted | None:
        accepted = self._accepted.get(key.lower())
        if accepted is None or self._clock.now() - accepted.at > RETRY_KEY_LIFE:
            return None
        return accepted

    def remember(self, key: str, request_id: str, sent: tuple[JsonObject, ...]) -> None:
        self._accepted[key.lower()] = Accepted(
            request_id=request_id, sent_messages=sent, at=self._clock.now()
        )


class Quota:
    """The pushes of a month. `limit` None: as many as one likes."""

    def __init__(self, clock: Clock, limit: int | None) -> None:
        self._clock = clock
        self.limit = limit
        self._used: dict[str, int] = {}

    @property
    def used(self) -> int:
        return self._used.get(self._month(), 0)

    def take(self, count: int) -> bool:
        """Spend `count` pushes; False, with nothing spent, when they are not there."""
        if self.limit is not None and self.used + count > self.limit:
            return False
        self._used[self._month()] = self.used + count
        return True

    def _month(self) -> str:
        return self._clock.now().astimezone(QUOTA_ZONE).strftime("%Y-%m")


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    data: bytes = field(repr=False)
    media_type: str
    #: LINE still makes a playable form of it.
    is_in_work: bool = False


@dataclass(slots=True)
class Names:
    """Message ids as LINE's: long digits that grow."""

    last: int = 560_000_000_000_000_000

    def message_id(self) -> str:
        self.last += 1
        return str(self.last)
