"""A messaging platform in memory. `tests/contracts/test_messenger.py` holds it to the real one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from orchestrator_core.errors import (
    MessageRefusedError,
    MessengerError,
    QuotaUsedUpError,
    ReplyTokenRefusedError,
)
from orchestrator_core.model import Chat, JsonObject
from orchestrator_core.ports import Profile, Quota


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One call that was accepted."""

    messages: tuple[JsonObject, ...]
    #: The chat of a push; None for a reply, which names none.
    chat_id: str | None
    reply_token: str | None
    retry_key: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failure:
    error: MessengerError
    accepts: bool


@dataclass(slots=True, kw_only=True)
class FakeMessenger:
    """Any reply token works once, unless it is in `dead_tokens`."""

    sent: list[Sent] = field(default_factory=list)
    #: Chat and seconds of each loading animation asked for.
    loading: list[tuple[str, int]] = field(default_factory=list)
    profiles: dict[str, Profile] = field(default_factory=dict)
    #: Chat and person of each name asked for.
    named: list[tuple[str, str]] = field(default_factory=list)
    dead_tokens: set[str] = field(default_factory=set)
    #: Pushes left this month; None: any number.
    quota_left: int | None = None
    pushes_charged: int = 0
    #: How many people are in a chat of several.
    groups: dict[str, int] = field(default_factory=dict)
    #: Each chat whose members were counted.
    counted: list[str] = field(default_factory=list)
    _failures: deque[_Failure] = field(default_factory=deque)
    _retry_keys: set[str] = field(default_factory=set)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    def fail_next(self, error: MessengerError, *, count: int = 1, accepts: bool = False) -> None:
        """Let the next `count` replies or pushes raise this; with `accepts` they are sent all
        the same, as when an answer is lost on its way."""
        self._failures.extend([_Failure(error=error, accepts=accepts)] * count)

    async def reply(self, token: str, messages: Sequence[JsonObject]) -> tuple[str, ...]:
        failure = self._failing()
        _check(messages)
        if token in self.dead_tokens:
            raise ReplyTokenRefusedError("LINE answered 400.")
        self.dead_tokens.add(token)
        await self._accept(messages, reply_token=token)
        _raise(failure)
        return self._ids_of(self.sent[-1])

    async def push(
        self, chat_id: str, messages: Sequence[JsonObject], *, retry_key: str
    ) -> tuple[str, ...]:
        failure = self._failing()
        _check(messages)
        if retry_key not in self._retry_keys:
            self._charge(self.groups.get(chat_id, 1))
            self._retry_keys.add(retry_key)
            await self._accept(messages, chat_id=chat_id, retry_key=retry_key)
        _raise(failure)
        return self._ids_of(next(one for one in self.sent if one.retry_key == retry_key))

    async def show_loading(self, chat_id: str, seconds: int) -> None:
        self.loading.append((chat_id, seconds))
        await self._tell()

    async def profile(self, person_id: str) -> Profile:
        if person_id not in self.profiles:
            raise MessageRefusedError("LINE answered 404.")
        return self.profiles[person_id]

    async def quota(self) -> Quota:
        _raise(self._failing())
        used = self.pushes_charged
        return Quota(limit=None if self.quota_left is None else self.quota_left + used, used=used)

    async def member_name(self, chat: Chat, person_id: str) -> str:
        self.named.append((chat.id, person_id))
        return (await self.profile(person_id)).display_name

    async def members(self, chat_id: str) -> int:
        _raise(self._failing())
        self.counted.append(chat_id)
        return self.groups.get(chat_id, 1)

    def _ids_of(self, sent: Sent) -> tuple[str, ...]:
        """Each has the place in which it was said for an id."""
        before = sum(len(one.messages) for one in self.sent[: self.sent.index(sent)])
        return tuple(f"m{before + place}" for place in range(1, len(sent.messages) + 1))

    def messages(self) -> list[JsonObject]:
        """Every message object that was accepted, in order."""
        return [message for call in self.sent for message in call.messages]

    async def wait_until(self, condition: Callable[[], bool], timeout: float = 5.0) -> None:
        """Return once the condition holds; looked at after each call. Raises TimeoutError."""
        async with asyncio.timeout(timeout), self._changed:
            await self._changed.wait_for(condition)

    def _failing(self) -> _Failure | None:
        failure = self._failures.popleft() if self._failures else None
        if failure is not None and not failure.accepts:
            raise failure.error
        return failure

    def _charge(self, receivers: int) -> None:
        if self.quota_left is not None:
            if self.quota_left < receivers:
                raise QuotaUsedUpError("LINE answered 429.")
            self.quota_left -= receivers
        self.pushes_charged += receivers

    async def _accept(
        self,
        messages: Sequence[JsonObject],
        *,
        chat_id: str | None = None,
        reply_token: str | None = None,
        retry_key: str | None = None,
    ) -> None:
        self.sent.append(
            Sent(
                messages=tuple(messages),
                chat_id=chat_id,
                reply_token=reply_token,
                retry_key=retry_key,
            )
        )
        await self._tell()

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()


def _check(messages: Sequence[JsonObject]) -> None:
    if not 1 <= len(messages) <= 5:
        raise MessageRefusedError("LINE answered 400.")


def _raise(failure: _Failure | None) -> None:
    if failure is not None:
        raise failure.error
