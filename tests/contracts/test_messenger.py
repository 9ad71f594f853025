"""What the port Messenger promises, asked of the fake and of LINE's stand-in over real HTTP."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

import pytest

from bot.line.messenger import LineMessenger
from bot.simulator.line_faults import Fault
from bot.simulator.line_journal import Kind
from bot.simulator.line_platform import LinePlatform
from bot.simulator.line_state import Profile as SimulatedProfile
from bot.simulator.line_state import user_id
from orchestrator_core.errors import (
    MessageRefusedError,
    MessengerBusyError,
    MessengerError,
    MessengerUnclearError,
    QuotaUsedUpError,
    ReplyTokenRefusedError,
)
from orchestrator_core.model import JsonObject
from orchestrator_core.ports import Messenger, Profile
from tests.fakes.messenger import FakeMessenger

ANNA = user_id("anna")
HELLO: JsonObject = {"type": "text", "text": "hello"}
FLEX: JsonObject = {
    "type": "flex",
    "altText": "a card",
    "contents": {
        "type": "bubble",
        "body": {
            "type": "box",
            "layout": "vertical",
            "contents": [{"type": "text", "text": "hi", "wrap": True, "unheardOf": "kept"}],
        },
    },
}

NEVER_SENT = {
    Fault.RATE_LIMIT: MessengerBusyError,
    Fault.UNAUTHORIZED: MessengerBusyError,
    Fault.QUOTA: QuotaUsedUpError,
    Fault.ERROR: MessengerUnclearError,
    Fault.HANG: MessengerUnclearError,
}
SENT_ALL_THE_SAME = (
    Fault.ACCEPT_THEN_ERROR,
    Fault.ACCEPT_THEN_HANG,
    Fault.ACCEPT_THEN_CUT,
)


class Platform(Protocol):
    """What a test needs to know of the other side."""

    messenger: Messenger

    async def token(self) -> str: ...

    def fail_next(self, fault: Fault) -> None: ...

    def said(self) -> Sequence[JsonObject]: ...

    def leave_quota(self, pushes: int) -> None: ...


class InMemory:
    def __init__(self) -> None:
        profile = Profile(display_name="Anna", language="ja")
        self.messenger = self._fake = FakeMessenger(profiles={ANNA: profile})

    async def token(self) -> str:
        return uuid.uuid4().hex

    def fail_next(self, fault: Fault) -> None:
        error: MessengerError = MessengerUnclearError("no clear answer")
        if not fault.accepts:
            error = NEVER_SENT[fault]("it failed")
        self._fake.fail_next(error, accepts=fault.accepts)

    def said(self) -> Sequence[JsonObject]:
        return self._fake.messages()

    def leave_quota(self, pushes: int) -> None:
        self._fake.quota_left = pushes


class OverHttp:
    def __init__(self, line: LinePlatform, messenger: LineMessenger) -> None:
        self.line = line
        self.messenger = messenger

    async def token(self) -> str:
        return str(self.line.event(await self.line.say(ANNA, "hi"))["replyToken"])

    def fail_next(self, fault: Fault) -> None:
        self.line.faults.order(fault)

    def said(self) -> Sequence[JsonObject]:
        return self.line.messages(ANNA)

    def leave_quota(self, pushes: int) -> None:
        self.line.quota.limit = pushes


@asynccontextmanager
async def over_http(*, timeout: float = 10.0) -> AsyncIterator[OverHttp]:
    anna = SimulatedProfile(user_id=ANNA, display_name="Anna", language="ja")
    line = LinePlatform(
        channel_secret="secret",
        channel_access_token="access",
        profiles=[anna],
        redelivery_delays=(),
    )
    async with (
        line.serve() as base_url,
        LineMessenger(access_token="access", api_base=base_url, timeout=timeout) as messenger,
    ):
        # The first call waits for the SDK's import, which is no part of any timeout here.
        await messenger.show_loading(ANNA, 5)
        yield OverHttp(line, messenger)


@asynccontextmanager
async def in_memory() -> AsyncIterator[InMemory]:
    yield InMemory()


@pytest.fixture(params=[in_memory, over_http], ids=["fake", "line"])
async def platform(request: pytest.FixtureRequest) -> AsyncIterator[Platform]:
    async with request.param() as made:
        yield made


@pytest.fixture(params=[in_memory, lambda: over_http(timeout=0.5)], ids=["fake", "line"])
async def failing(request: pytest.FixtureRequest) -> AsyncIterator[Platform]:
    """A platform whose silence is not waited for long."""
    async with request.param() as made:
        yield made


def a_key() -> str:
    return str(uuid.uuid4())


async def test_a_reply_is_said(platform: Platform) -> None:
    await platform.messenger.reply(await platform.token(), [HELLO, FLEX])

    assert platform.said() == [HELLO, FLEX]


async def test_a_push_is_said_with_every_field_it_was_given(platform: Platform) -> None:
    await platform.messenger.push(ANNA, [FLEX], retry_key=a_key())

    assert platform.said() == [FLEX]


async def test_a_reply_token_works_once(platform: Platform) -> None:
    token = await platform.token()
    await platform.messenger.reply(token, [HELLO])

    with pytest.raises(ReplyTokenRefusedError):
        await platform.messenger.reply(token, [HELLO])
    assert platform.said() == [HELLO]


async def test_a_push_with_a_used_retry_key_succeeds_and_says_nothing(platform: Platform) -> None:
    key = a_key()
    await platform.messenger.push(ANNA, [HELLO], retry_key=key)
    await platform.messenger.push(ANNA, [HELLO], retry_key=key)

    assert platform.said() == [HELLO]


@pytest.mark.parametrize("count", [0, 6])
async def test_too_few_or_too_many_messages_are_refused_for_good(
    platform: Platform, count: int
) -> None:
    with pytest.raises(MessageRefusedError):
        await platform.messenger.push(ANNA, [HELLO] * count, retry_key=a_key())

    assert platform.said() == []


async def test_pushes_end_with_the_quota_while_replies_go_on(platform: Platform) -> None:
    platform.leave_quota(1)
    await platform.messenger.push(ANNA, [HELLO], retry_key=a_key())
    with pytest.raises(QuotaUsedUpError):
        await platform.messenger.push(ANNA, [HELLO], retry_key=a_key())
    await platform.messenger.reply(await platform.token(), [HELLO])

    assert len(platform.said()) == 2


async def test_a_known_person_has_a_profile(platform: Platform) -> None:
    profile = await platform.messenger.profile(ANNA)

    assert profile == Profile(display_name="Anna", language="ja")


async def test_an_unknown_person_is_refused(platform: Platform) -> None:
    with pytest.raises(MessageRefusedError):
        await platform.messenger.profile(user_id("nobody"))


@pytest.mark.parametrize("fault", NEVER_SENT)
async def test_a_failed_reply_says_nothing_and_tells_what_failed(
    failing: Platform, fault: Fault
) -> None:
    token = await failing.token()
    failing.fail_next(fault)

    with pytest.raises(NEVER_SENT[fault]):
        await failing.messenger.reply(token, [HELLO])
    assert failing.said() == []


@pytest.mark.parametrize("fault", SENT_ALL_THE_SAME)
async def test_a_reply_whose_answer_is_lost_is_unclear(failing: Platform, fault: Fault) -> None:
    token = await failing.token()
    failing.fail_next(fault)

    with pytest.raises(MessengerUnclearError):
        await failing.messenger.reply(token, [HELLO])
    assert failing.said() == [HELLO]


@pytest.mark.parametrize("fault", [*NEVER_SENT, *SENT_ALL_THE_SAME])
async def test_a_push_tried_again_with_its_key_is_said_once(
    failing: Platform, fault: Fault
) -> None:
    key = a_key()
    failing.fail_next(fault)
    with pytest.raises(MessengerError):
        await failing.messenger.push(ANNA, [HELLO], retry_key=key)
    await failing.messenger.push(ANNA, [HELLO], retry_key=key)

    assert failing.said() == [HELLO]


@pytest.mark.parametrize(("asked", "shown"), [(0, 5), (12, 15), (60, 60), (500, 60)])
async def test_loading_is_shown_for_a_time_that_line_takes(asked: int, shown: int) -> None:
    async with over_http() as platform:
        await platform.messenger.show_loading(ANNA, asked)
        entries = await platform.line.wait_for(Kind.LOADING, count=2)

    assert entries[-1].data["seconds"] == shown


async def test_the_retry_key_is_on_the_first_push_already() -> None:
    async with over_http() as platform:
        await platform.messenger.push(ANNA, [HELLO], retry_key=(key := a_key()))

        assert [entry.data["retryKey"] for entry in platform.line.accepted(ANNA)] == [key]


async def test_a_wrong_access_token_loses_no_message_and_is_logged_as_an_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An operator can mend it, so the message must be tried again."""
    line = LinePlatform(channel_secret="secret", channel_access_token="access")
    async with (
        line.serve() as base_url,
        LineMessenger(access_token="wrong", api_base=base_url) as messenger,
    ):
        with pytest.raises(MessengerBusyError):
            await messenger.push(ANNA, [HELLO], retry_key=a_key())

    assert [(one.levelname, one.message) for one in caplog.records if "line" in one.name][-1:] == [
        ("ERROR", "line_access_refused")
    ]


async def test_without_a_connection_nothing_can_have_been_sent() -> None:
    refusing = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    port = refusing.sockets[0].getsockname()[1]
    refusing.close()
    await refusing.wait_closed()
    async with LineMessenger(
        access_token="access", api_base=f"http://127.0.0.1:{port}"
    ) as messenger:
        with pytest.raises(MessengerBusyError):
            await messenger.reply("token", [HELLO])


async def test_an_answer_that_is_no_text_is_unclear() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n\xff\xfe")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, LineMessenger(access_token="access", api_base=base_url) as messenger:
        with pytest.raises(MessengerUnclearError):
            await messenger.reply("token", [HELLO])


async def test_a_messenger_that_was_not_entered_says_so() -> None:
    messenger = LineMessenger(access_token="access", api_base="http://127.0.0.1:1")

    with pytest.raises(RuntimeError):
        await messenger.reply("token", [HELLO])
