"""Serving an app on loopback inside an `async with`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from bot.simulator.server import serve


async def hello(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


async def refuse() -> None:
    raise OSError("no disk")


async def test_the_app_answers_inside_and_is_gone_after() -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        async with serve(Starlette(routes=[Route("/", hello)])) as url:
            answer = await client.get(url)

        assert answer.text == "hello"
        with pytest.raises(httpx.ConnectError):
            await client.get(url)


async def test_an_app_that_does_not_start_is_an_error() -> None:
    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await refuse()
        yield

    with pytest.raises(RuntimeError, match="did not start"):
        async with serve(Starlette(lifespan=lifespan)):
            pass


async def test_a_taken_port_is_an_error() -> None:
    async with serve(Starlette()) as url:
        port = int(url.rsplit(":", 1)[1])
        with pytest.raises(OSError, match="in use"):
            async with serve(Starlette(), port=port):
                pass


async def test_an_endless_stream_does_not_hold_up_the_end() -> None:
    async def ticks() -> AsyncIterator[bytes]:
        yield b"tick"
        await asyncio.Event().wait()

    async def stream(_request: Request) -> StreamingResponse:
        return StreamingResponse(ticks())

    async with httpx.AsyncClient(trust_env=False) as client, asyncio.timeout(10):
        async with (
            serve(Starlette(routes=[Route("/", stream)])) as url,
            client.stream("GET", url) as answer,
        ):
            first = await anext(answer.aiter_raw())

        assert first == b"tick"
