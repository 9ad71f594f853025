"""The chat page in a browser, and a bot that answers it through the stand-in's own API."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from playwright.async_api import BrowserContext, Locator, Page
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.simulator.line_platform import LinePlatform
from bot.simulator.line_state import OWNER
from bot.simulator.server import serve

TOKEN = "channel-access-token"


class EchoBot:
    """Says every text back. What it shall say to a certain text can be told beforehand."""

    def __init__(self) -> None:
        self.answers: dict[str, list[dict[str, Any]]] = {}
        self.events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.api = httpx.AsyncClient(headers={"authorization": f"Bearer {TOKEN}"}, trust_env=False)
        self.app = Starlette(routes=[Route("/hook", self._receive, methods=["POST"])])

    async def push(self, *messages: dict[str, Any]) -> None:
        body = {"to": OWNER.user_id, "messages": list(messages)}
        (await self.api.post("/v2/bot/message/push", json=body)).raise_for_status()

    async def show_loading(self, seconds: int) -> None:
        body = {"chatId": OWNER.user_id, "loadingSeconds": seconds}
        (await self.api.post("/v2/bot/chat/loading/start", json=body)).raise_for_status()

    async def next_event(self) -> dict[str, Any]:
        async with asyncio.timeout(10):
            return await self.events.get()

    async def _receive(self, request: Request) -> Response:
        for event in (await request.json())["events"]:
            self.events.put_nowait(event)
            if event["type"] == "message":
                await self._answer(event["replyToken"], event["message"]["text"])
        return Response()

    async def _answer(self, token: str, said: str) -> None:
        echo = {"type": "text", "text": f"You said: {said}"}
        body = {"replyToken": token, "messages": self.answers.get(said, [echo])}
        await self.api.post("/v2/bot/message/reply", json=body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    page: Page
    line: LinePlatform
    bot: EchoBot
    #: What the browser complained about.
    complaints: list[str]

    @property
    def composer(self) -> Locator:
        return self.page.locator("#text")

    @property
    def bot_bubbles(self) -> Locator:
        return self.page.locator(".bot .bubble:not(.dots)")

    @property
    def own_bubbles(self) -> Locator:
        return self.page.locator(".me .bubble")

    @property
    def quick_replies(self) -> Locator:
        return self.page.locator("#quick button")

    @property
    def dots(self) -> Locator:
        return self.page.locator(".dots")

    async def send(self, text: str) -> None:
        await self.composer.fill(text)
        await self.composer.press("Enter")


@asynccontextmanager
async def open_chat(context: BrowserContext) -> AsyncIterator[Chat]:
    bot, complaints = EchoBot(), list[str]()
    line = LinePlatform(channel_secret="secret", channel_access_token=TOKEN)
    async with serve(bot.app) as bot_url, line.serve() as url, bot.api:
        bot.api.base_url = httpx.URL(url)
        line.webhook_url = f"{bot_url}/hook"
        page = await context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: complaints.append(said.text) if said.type == "error" else None,
        )
        await page.goto(url)
        await page.locator(".panel h2").wait_for(state="attached")
        yield Chat(page=page, line=line, bot=bot, complaints=complaints)
        await page.close()
