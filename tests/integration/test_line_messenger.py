"""What only the real messenger can show: its headers, its logs, its connections."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.line.messenger import CONNECTIONS, LineMessenger
from bot.simulator.line_faults import Fault
from bot.simulator.line_journal import Kind
from bot.simulator.line_platform import LinePlatform
from orchestrator_core.courier import MOST_AT_ONCE
from orchestrator_core.errors import MessengerBusyError, MessengerUnclearError
from tests.contracts.messenger_platforms import ANNA, HELLO, a_key, over_http


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


@asynccontextmanager
async def _refused(caplog: pytest.LogCaptureFixture) -> AsyncIterator[LineMessenger]:
    """A messenger with a token that LINE does not take."""
    caplog.set_level(logging.INFO, logger="bot.line")
    line = LinePlatform(channel_secret="secret", channel_access_token="access")
    async with (
        line.serve() as base_url,
        LineMessenger(access_token="wrong", api_base=base_url) as messenger,
    ):
        yield messenger


def _errors(caplog: pytest.LogCaptureFixture) -> list[tuple[str, object]]:
    return [
        (record.message, vars(record).get("variable"))
        for record in caplog.records
        if record.levelname == "ERROR"
    ]


async def test_a_wrong_access_token_loses_no_message_and_is_logged_as_one_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An operator can mend it, so the message must be tried again."""
    async with _refused(caplog) as messenger:
        for _ in range(3):
            with pytest.raises(MessengerBusyError):
                await messenger.push(ANNA, [HELLO], retry_key=a_key())

        assert messenger.refused
    assert _errors(caplog) == [("line access refused", "LINE_CHANNEL_ACCESS_TOKEN")]


async def test_a_wrong_access_token_shows_without_anything_to_say(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with _refused(caplog) as messenger:
        known = [messenger.refused]
        await messenger.try_token()
        known.append(messenger.refused)

    assert known == [False, True]
    assert _errors(caplog) == [("line access refused", "LINE_CHANNEL_ACCESS_TOKEN")]


async def test_the_next_success_ends_the_refusal(caplog: pytest.LogCaptureFixture) -> None:
    known = []
    async with over_http() as platform:
        for _ in range(2):
            platform.line.faults.order(Fault.UNAUTHORIZED, calls=["info"])
            await platform.messenger.try_token()
            known.append(platform.messenger.refused)
            await platform.messenger.push(ANNA, [HELLO], retry_key=a_key())
            known.append(platform.messenger.refused)

    assert known == [True, False, True, False]
    assert len(_errors(caplog)) == 2


async def test_a_line_that_is_only_busy_refuses_nothing_and_keeps_what_is_known(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, logger="bot.line")
    known = []
    async with over_http() as platform:
        for fault in (Fault.ERROR, Fault.UNAUTHORIZED, Fault.ERROR):
            platform.line.faults.order(fault, calls=["info"])
            await platform.messenger.try_token()
            known.append(platform.messenger.refused)

    assert known == [False, True, True]
    said = [record.levelname for record in caplog.records if record.message == "token not tried"]
    assert said == ["INFO"]


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


@asynccontextmanager
async def _answering_once_all_are_there(
    count: int,
) -> AsyncIterator[tuple[str, asyncio.Barrier]]:
    """A platform that answers nobody before it has so many calls."""
    everybody = asyncio.Barrier(count)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        try:
            await everybody.wait()
        except asyncio.BrokenBarrierError:
            writer.close()
            return
        head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close"
        writer.write(head + b"\r\ncontent-length: 2\r\n\r\n{}")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=2 * count)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", everybody
        await everybody.abort()


async def test_no_call_of_the_courier_s_waits_for_another() -> None:
    async with (
        _answering_once_all_are_there(MOST_AT_ONCE) as (base_url, _),
        LineMessenger(access_token="access", api_base=base_url) as messenger,
        asyncio.timeout(10),
    ):
        calls = [messenger.reply(f"token-{number}", [HELLO]) for number in range(MOST_AT_ONCE)]
        answers = await asyncio.gather(*calls)

    assert answers == [()] * MOST_AT_ONCE


async def test_a_call_that_only_waited_for_a_connection_is_known_not_to_be_sent() -> None:
    async with (
        _answering_once_all_are_there(CONNECTIONS + 1) as (base_url, waiting),
        LineMessenger(access_token="access", api_base=base_url, timeout=3) as messenger,
    ):
        calls = [messenger.reply(f"token-{number}", [HELLO]) for number in range(CONNECTIONS + 1)]
        errors = await asyncio.gather(*calls, return_exceptions=True)
        arrived = waiting.n_waiting
    kinds = Counter(type(error) for error in errors)

    assert kinds.keys() == {MessengerUnclearError, MessengerBusyError}
    assert arrived <= kinds[MessengerUnclearError] <= CONNECTIONS


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


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"type":"limited","value":"9"}', b"null"])
async def test_a_quota_of_an_unknown_shape_is_unclear(body: bytes) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close"
        writer.write(f"{head}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        base = f"http://127.0.0.1:{port}"
        async with LineMessenger(access_token="access", api_base=base) as messenger:
            with pytest.raises(MessengerUnclearError):
                await messenger.quota()


async def test_a_messenger_that_was_not_entered_says_so() -> None:
    messenger = LineMessenger(access_token="access", api_base="http://127.0.0.1:1")

    with pytest.raises(RuntimeError):
        await messenger.reply("token", [HELLO])
