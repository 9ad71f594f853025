"""What every Content promises: what was sent is written whole, or why not is said."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

import pytest

from bot.line.content import LineContent
from bot.simulator.line_faults import Fault
from bot.simulator.line_platform import LinePlatform
from bot.simulator.line_state import user_id
from orchestrator_core.errors import (
    ContentGoneError,
    ContentNotReadyError,
    ContentTooLargeError,
    MessengerBusyError,
    MessengerUnclearError,
)
from orchestrator_core.model import MediaKind
from orchestrator_core.ports import Content
from tests.fakes.content import FakeContent

ANNA = user_id("anna")
DATA = b"\x00picture" * 10_000
FAULTS: dict[Fault, type[Exception]] = {
    Fault.RATE_LIMIT: MessengerBusyError,
    Fault.UNAUTHORIZED: MessengerBusyError,
    Fault.ERROR: MessengerUnclearError,
    Fault.HANG: MessengerUnclearError,
    Fault.ACCEPT_THEN_CUT: MessengerUnclearError,
}


class Channel(Protocol):
    @property
    def content(self) -> Content: ...

    async def send(self, data: bytes, kind: MediaKind) -> str:
        """The id of the message."""
        ...

    def fail_next(self, fault: Fault) -> None: ...

    def in_work(self, message_id: str) -> None:
        """The platform makes a playable form of it."""
        ...


class InMemory:
    def __init__(self) -> None:
        self.content = self._fake = FakeContent()

    async def send(self, data: bytes, kind: MediaKind) -> str:
        self._fake.contents[f"{kind}-1"] = data
        return f"{kind}-1"

    def fail_next(self, fault: Fault) -> None:
        self._fake.errors.append(FAULTS[fault]("it failed"))

    def in_work(self, message_id: str) -> None:
        self._fake.errors.append(ContentNotReadyError(message_id))


class OverHttp:
    def __init__(self, line: LinePlatform, content: LineContent) -> None:
        self.line = line
        self.content = content

    async def send(self, data: bytes, kind: MediaKind) -> str:
        event_id = await self.line.send_media(ANNA, data, kind=kind.value)
        return str(self.line.event(event_id)["message"]["id"])

    def fail_next(self, fault: Fault) -> None:
        self.line.faults.order(fault, calls=["content"])

    def in_work(self, message_id: str) -> None:
        self.line.work_on(message_id)


@asynccontextmanager
async def over_http() -> AsyncIterator[OverHttp]:
    line = LinePlatform(
        channel_secret="secret", channel_access_token="access", redelivery_delays=()
    )
    async with (
        line.serve() as base_url,
        LineContent(access_token="access", data_base=base_url, silence=0.5) as content,
    ):
        yield OverHttp(line, content)


@pytest.fixture(params=["fake", "line"])
async def channel(request: pytest.FixtureRequest) -> AsyncIterator[Channel]:
    if request.param == "fake":
        yield InMemory()
        return
    async with over_http() as made:
        yield made


async def fetched(
    channel: Channel, message_id: str, kind: MediaKind, *, at_most: int = 1_000_000
) -> bytes:
    into = io.BytesIO(b"of a try before")
    await channel.content.fetch(message_id, kind, into, at_most=at_most)
    return into.getvalue()


@pytest.mark.parametrize("kind", MediaKind)
async def test_what_was_sent_comes_whole(channel: Channel, kind: MediaKind) -> None:
    message_id = await channel.send(DATA, kind)

    assert await fetched(channel, message_id, kind, at_most=len(DATA)) == DATA


async def test_more_than_is_taken_is_refused(channel: Channel) -> None:
    message_id = await channel.send(DATA, MediaKind.FILE)

    with pytest.raises(ContentTooLargeError):
        await fetched(channel, message_id, MediaKind.FILE, at_most=len(DATA) - 1)


async def test_what_the_platform_does_not_have_is_gone(channel: Channel) -> None:
    with pytest.raises(ContentGoneError):
        await fetched(channel, "404", MediaKind.IMAGE)


@pytest.mark.parametrize("kind", [MediaKind.VIDEO, MediaKind.AUDIO])
async def test_a_film_or_sound_may_not_be_ready_yet(channel: Channel, kind: MediaKind) -> None:
    message_id = await channel.send(DATA, kind)
    channel.in_work(message_id)

    with pytest.raises(ContentNotReadyError):
        await fetched(channel, message_id, kind)


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_is_told_and_the_next_try_works(channel: Channel, fault: Fault) -> None:
    message_id = await channel.send(DATA, MediaKind.IMAGE)
    channel.fail_next(fault)
    with pytest.raises(FAULTS[fault]):
        await fetched(channel, message_id, MediaKind.IMAGE)

    assert await fetched(channel, message_id, MediaKind.IMAGE) == DATA
