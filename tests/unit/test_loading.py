"""The loading animation: an ornament that never gets in the way."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field

import pytest

from orchestrator_core.errors import MessengerUnclearError
from orchestrator_core.loading import loading_shown
from orchestrator_core.model import Chat
from tests.fakes.messenger import FakeMessenger
from tests.people import GROUP, HOME


@dataclass(slots=True, kw_only=True)
class SulkingMessenger(FakeMessenger):
    """Refuses the animation, and counts how often it was asked."""

    asked: int = 0

    async def show_loading(self, chat_id: str, seconds: int) -> None:
        self.asked += 1
        raise MessengerUnclearError("no answer")


async def test_it_is_shown_as_long_as_line_can_show_it() -> None:
    messenger = FakeMessenger()
    async with loading_shown(messenger, HOME):
        await messenger.wait_until(lambda: messenger.loading != [])

    assert messenger.loading == [(HOME.id, 60)]


@pytest.mark.parametrize("chat", [None, GROUP])
async def test_it_is_not_shown_where_there_is_none(chat: Chat | None) -> None:
    messenger = FakeMessenger()
    async with loading_shown(messenger, chat, after=0) as loading:
        loading.again()
        for _ in range(5):
            await asyncio.sleep(0)

    assert messenger.loading == []


async def test_after_a_message_of_ours_it_is_shown_again() -> None:
    messenger = FakeMessenger()
    async with loading_shown(messenger, HOME) as loading:
        await messenger.wait_until(lambda: len(messenger.loading) == 1)
        loading.again()
        await messenger.wait_until(lambda: len(messenger.loading) == 2)

    assert len(messenger.loading) == 2


@dataclass(slots=True, kw_only=True)
class DeafMessenger(FakeMessenger):
    """Swallows the cancellation of a call under way."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def show_loading(self, chat_id: str, seconds: int) -> None:
        self.asked.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()


async def test_it_ends_though_its_cancellation_is_swallowed() -> None:
    messenger = DeafMessenger()
    async with asyncio.timeout(5), loading_shown(messenger, HOME, after=0):
        await messenger.asked.wait()

    assert not [task for task in asyncio.all_tasks() if task.get_name() == "loading"]


async def test_a_refusal_does_not_end_the_work_or_the_next_try() -> None:
    messenger = SulkingMessenger()
    async with asyncio.timeout(5), loading_shown(messenger, HOME) as loading:
        while messenger.asked < 3:
            loading.again()
            await asyncio.sleep(0)

    assert messenger.asked == 3


async def test_an_error_of_the_work_is_passed_on() -> None:
    with pytest.raises(RuntimeError, match="the work"):
        async with loading_shown(FakeMessenger(), HOME):
            raise RuntimeError("the work")
