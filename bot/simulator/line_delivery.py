"""Hands webhook events to the bot, signed, and again when the bot did not take them.

https://developers.line.biz/en/docs/messaging-api/receiving-messages/
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import httpx

from bot.simulator.line_events import encode, redelivered, sign
from bot.simulator.line_journal import Journal, Kind
from bot.simulator.line_state import JsonObject

#: A bot that answers later than this has not answered.
ANSWER_WITHIN_SECONDS = 2.0
#: LINE does not publish its own; these are short so that a person at the chat page sees it happen.
REDELIVERY_DELAYS = (0.5, 2.0, 8.0, 30.0)


class WebhookSender:
    def __init__(
        self,
        journal: Journal,
        *,
        destination: str,
        channel_secret: str,
        webhook_url: str | None,
        redelivery_delays: Sequence[float] = REDELIVERY_DELAYS,
    ) -> None:
        self.webhook_url = webhook_url
        self._journal = journal
        self._destination = destination
        self._secret = channel_secret
        self._delays = tuple(redelivery_delays)
        self._client: httpx.AsyncClient | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Events can be sent while this is entered; redeliveries under way end with it."""
        timeout = httpx.Timeout(ANSWER_WITHIN_SECONDS)
        async with httpx.AsyncClient(timeout=timeout, trust_env=False) as client:
            self._client = client
            try:
                yield
            finally:
                self._client = None
                for task in self._tasks:
                    task.cancel()
                await asyncio.gather(*self._tasks, return_exceptions=True)

    async def deliver(self, event: JsonObject, on_taken: Callable[[], None]) -> None:
        """Return after the first attempt; the later ones go on by themselves."""
        if await self._attempt(event, 1):
            on_taken()
            return
        task = asyncio.create_task(self._deliver_again(event, on_taken))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def deliver_copy(self, event: JsonObject) -> int | None:
        """Send an event that was sent before, once; its status, None without an answer."""
        return await self._send_event(redelivered(event), attempt=2)

    async def send_raw(
        self, body: bytes, signature: str | None = None, url: str | None = None
    ) -> httpx.Response:
        """Send any bytes. Without `signature` the right one is made; an empty one leaves the
        header out. Raises httpx.HTTPError, RuntimeError when there is nowhere to send it."""
        target = url or self.webhook_url
        if self._client is None or target is None:
            raise RuntimeError("The stand-in is not being served, or knows no webhook URL.")
        headers = {
            "content-type": "application/json; charset=utf-8",
            "user-agent": "LineBotWebhook/2.0",
        }
        given = sign(body, self._secret) if signature is None else signature
        if given:
            headers["x-line-signature"] = given
        return await self._client.post(target, content=body, headers=headers)

    async def check(self, url: str | None = None) -> httpx.Response:
        """LINE's own test of a webhook URL: no events at all."""
        return await self.send_raw(encode(self._destination, []), url=url)

    async def _deliver_again(self, event: JsonObject, on_taken: Callable[[], None]) -> None:
        for attempt, delay in enumerate(self._delays, start=2):
            await asyncio.sleep(delay)
            if await self._attempt(redelivered(event), attempt):
                on_taken()
                return

    async def _attempt(self, event: JsonObject, attempt: int) -> bool:
        status = await self._send_event(event, attempt=attempt)
        return status is not None and httpx.codes.is_success(status)

    async def _send_event(self, event: JsonObject, *, attempt: int) -> int | None:
        status: int | None = None
        if self.webhook_url is not None:
            try:
                response = await self.send_raw(encode(self._destination, [event]))
                status = response.status_code
            except (httpx.HTTPError, httpx.InvalidURL):
                # No answer is an answer too: it is in the record as a status of null.
                status = None
        self._journal.add(
            Kind.WEBHOOK,
            eventId=event["webhookEventId"],
            type=event["type"],
            status=status,
            attempt=attempt,
        )
        return status
