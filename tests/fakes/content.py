"""What was sent with messages, in memory. `tests/contracts/test_content.py` holds it to the real
one."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import BinaryIO

from orchestrator_core.errors import ContentGoneError, ContentTooLargeError
from orchestrator_core.model import MediaKind


@dataclass(slots=True)
class FakeContent:
    contents: dict[str, bytes] = field(default_factory=dict)
    #: Raised by the next fetches, one each.
    errors: deque[Exception] = field(default_factory=deque)
    fetched: list[str] = field(default_factory=list)
    #: Done in the middle of each fetch.
    meanwhile: Callable[[], Awaitable[None]] | None = None

    async def fetch(
        self, message_id: str, kind: MediaKind, into: BinaryIO, *, at_most: int
    ) -> None:
        self.fetched.append(message_id)
        if self.meanwhile is not None:
            await self.meanwhile()
        if self.errors:
            raise self.errors.popleft()
        if message_id not in self.contents:
            raise ContentGoneError(f"no {kind}")
        content = self.contents[message_id]
        if len(content) > at_most:
            raise ContentTooLargeError("more than is taken")
        into.seek(0)
        into.truncate()
        into.write(content)
