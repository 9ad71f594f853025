"""LINE's own record: everything that happened, in order. Readers wait for more of it.

Knows nothing of HTTP, and not what the entries mean to anyone.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.simulator.line_state import Clock, JsonObject


class Kind(StrEnum):
    #: A message of the bot that was accepted.
    BOT_MESSAGE = "bot_message"
    #: A message or tap of a person.
    USER_MESSAGE = "user_message"
    #: A call that was turned down, or was failed on demand.
    REFUSED = "refused"
    LOADING = "loading"
    #: The bot has read a person's message.
    READ = "read"
    UNSENT = "unsent"
    FOLLOWED = "followed"
    UNFOLLOWED = "unfollowed"
    #: One attempt to hand an event to the bot.
    WEBHOOK = "webhook"
    QUOTA = "quota"
    MENU = "menu"
    PROFILE = "profile"
    FAULTS = "faults"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    seq: int
    at: datetime
    kind: Kind
    #: None for what concerns no single chat.
    chat_id: str | None
    data: JsonObject

    def to_json(self) -> JsonObject:
        return {
            "seq": self.seq,
            "at": self.at.isoformat(),
            "kind": self.kind,
            "chatId": self.chat_id,
            **self.data,
        }


class Journal:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: list[Entry] = []
        self._of_kind: defaultdict[tuple[Kind, str | None], list[Entry]] = defaultdict(list)
        self._grown = asyncio.Event()
        #: Tells a reader who comes back whether its place in the record still means anything.
        self.epoch = secrets.token_hex(4)

    def add(self, kind: Kind, chat_id: str | None = None, **data: object) -> Entry:
        entry = Entry(
            seq=len(self._entries) + 1,
            at=self._clock.now(),
            kind=kind,
            chat_id=chat_id,
            data=dict(data),
        )
        self._entries.append(entry)
        for index in {(kind, None), (kind, chat_id)}:
            self._of_kind[index].append(entry)
        # Everyone who waits holds the old event; who comes later gets the new one.
        grown, self._grown = self._grown, asyncio.Event()
        grown.set()
        return entry

    def after(self, seq: int) -> Sequence[Entry]:
        return self._entries[seq:]

    def of(self, kind: Kind, chat_id: str | None = None) -> list[Entry]:
        """Entries of one kind, of one chat or of all."""
        return list(self._of_kind[kind, chat_id])

    def count(self, kind: Kind, chat_id: str | None = None) -> int:
        return len(self._of_kind[kind, chat_id])

    async def wait_after(self, seq: int) -> Sequence[Entry]:
        """Entries after `seq`, at least one."""
        while len(self._entries) <= seq:
            await self._grown.wait()
        return self.after(seq)

    async def wait_until(self, condition: Callable[[], bool], timeout: float) -> None:
        """Return as soon as the condition holds; looked at after every entry.

        Raises TimeoutError after `timeout` seconds.
        """
        async with asyncio.timeout(timeout):
            while not condition():
                await self._grown.wait()
