"""A stand-in for LINE with a bot's webhook beside it, both served on loopback."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.simulator.line_platform import LinePlatform
from bot.simulator.line_state import user_id
from bot.simulator.server import serve
from tests.fakes.clock import FakeClock

SECRET = "channel-secret"
TOKEN = "channel-access-token"
ANN = user_id("ann")
BEN = user_id("ben")


class Receiver:
    """A bot's webhook that keeps what it gets and answers as told: `statuses` first, then 200."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self._grown = asyncio.Condition()
        self.app = Starlette(routes=[Route("/hook", self._receive, methods=["POST"])])

    @property
    def events(self) -> list[dict[str, Any]]:
        return [event for _, body in self.requests for event in json.loads(body)["events"]]

    async def wait(self, count: int) -> list[dict[str, Any]]:
        async with asyncio.timeout(10), self._grown:
            await self._grown.wait_for(lambda: len(self.events) >= count)
        return self.events

    async def _receive(self, request: Request) -> Response:
        async with self._grown:
            self.requests.append((dict(request.headers), await request.body()))
            self._grown.notify_all()
        return Response(status_code=self.statuses.pop(0) if self.statuses else 200)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineWorld:
    platform: LinePlatform
    api: httpx.AsyncClient
    bot: Receiver
    clock: FakeClock
    url: str

    async def push(
        self, *messages: object, to: str = ANN, key: str | None = None
    ) -> httpx.Response:
        headers = {} if key is None else {"x-line-retry-key": key}
        body = {"to": to, "messages": list(messages)}
        return await self.api.post("/v2/bot/message/push", json=body, headers=headers)

    async def reply(self, token: str, *messages: object) -> httpx.Response:
        body = {"replyToken": token, "messages": list(messages)}
        return await self.api.post("/v2/bot/message/reply", json=body)

    async def reply_token(self) -> str:
        event_id = await self.platform.say(ANN, "hello")
        return str(self.platform.event(event_id)["replyToken"])


@asynccontextmanager
async def line_world(
    *, monthly_quota: int | None = 200, redelivery_delays: Sequence[float] = (0.01, 0.01)
) -> AsyncIterator[LineWorld]:
    clock, bot = FakeClock(), Receiver()
    platform = LinePlatform(
        channel_secret=SECRET,
        channel_access_token=TOKEN,
        clock=clock,
        monthly_quota=monthly_quota,
        redelivery_delays=redelivery_delays,
    )
    headers = {"authorization": f"Bearer {TOKEN}"}
    async with (
        serve(bot.app) as bot_url,
        platform.serve() as url,
        httpx.AsyncClient(base_url=url, headers=headers, trust_env=False) as api,
    ):
        platform.webhook_url = f"{bot_url}/hook"
        platform.people.meet(ANN)
        yield LineWorld(platform=platform, api=api, bot=bot, clock=clock, url=url)


def text(words: str = "hello", **rest: object) -> dict[str, object]:
    return {"type": "text", "text": words, **rest}
