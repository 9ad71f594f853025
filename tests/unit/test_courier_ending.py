"""A courier that is asked to end sends what is there, and ends."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from orchestrator_core.model import JsonObject
from tests.core import Core
from tests.fakes.messenger import FakeMessenger
from tests.mail import put, sent_texts


@dataclass(slots=True, kw_only=True)
class ChattyMessenger(FakeMessenger):
    """With each push another message comes in, for another chat."""

    core: Core | None = None
    tick: timedelta = timedelta(0)

    async def push(
        self, chat_id: str, messages: Sequence[JsonObject], *, retry_key: str
    ) -> tuple[str, ...]:
        ids = await FakeMessenger.push(self, chat_id, messages, retry_key=retry_key)
        assert self.core is not None
        self.core.clock.advance(self.tick)
        count = len(self.sent)
        await put(self.core, f"more {count}", chat=f"chat {count}")
        return ids


# By the clock, or where it stands still (another machine's may be behind), after a while.
@pytest.mark.parametrize(("tick", "within"), [(1, 3600.0), (0, 0.02)])
async def test_it_ends_though_others_put_in_more_for_ever(tick: int, within: float) -> None:
    messenger = ChattyMessenger(tick=timedelta(milliseconds=tick))
    messenger.core = core = Core(messenger=messenger)
    loop = asyncio.ensure_future(replace(core.courier(), end_within=within).run())
    await asyncio.sleep(0)
    for text in ("one", "two", "three"):
        await put(core, text)
    loop.cancel()
    await asyncio.wait([loop], timeout=5)

    assert loop.cancelled()
    assert [text for text in sent_texts(core) if "more" not in text] == ["one", "two", "three"]
