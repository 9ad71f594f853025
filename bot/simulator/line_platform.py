"""A stand-in for the LINE platform, for tests and the demo: LINE's endpoints, what people do,
and the record of both.

It plays LINE, so it knows LINE's rules and nothing of the bot it talks to.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx
from starlette.applications import Starlette

from bot.simulator.chat_page.endpoints import ChatPage
from bot.simulator.line_delivery import REDELIVERY_DELAYS, WebhookSender
from bot.simulator.line_faults import Faults
from bot.simulator.line_gate import Gate
from bot.simulator.line_journal import Entry, Journal, Kind
from bot.simulator.line_menus_api import MenusApi
from bot.simulator.line_messages_api import MessagesApi
from bot.simulator.line_other_api import OtherApi
from bot.simulator.line_phones import Phones
from bot.simulator.line_state import (
    OWNER,
    STRANGER,
    Clock,
    JsonObject,
    People,
    Profile,
    Quota,
    ReplyTokens,
    RetryKeys,
    SystemClock,
    user_id,
)
from bot.simulator.line_world import Bot, Menus, World
from bot.simulator.server import serve

BOT = Bot(user_id=user_id("denrei"), display_name="Denrei")


class LinePlatform(Phones):
    """One LINE with one bot in it.

    `app` serves the Messaging API, the data host's API and the chat page at `/`; events go out
    while it is served. `webhook_url` may be set later, since ports are often known late.
    """

    def __init__(  # noqa: PLR0913  each is a setting of its own
        self,
        *,
        channel_secret: str,
        channel_access_token: str,
        webhook_url: str | None = None,
        clock: Clock | None = None,
        monthly_quota: int | None = 200,
        profiles: Iterable[Profile] = (OWNER, STRANGER),
        redelivery_delays: Sequence[float] = REDELIVERY_DELAYS,
    ) -> None:
        self._world = _new_world(clock or SystemClock(), monthly_quota, profiles)
        self._webhook = WebhookSender(
            self._world.journal,
            destination=BOT.user_id,
            channel_secret=channel_secret,
            webhook_url=webhook_url,
            redelivery_delays=redelivery_delays,
        )
        super().__init__(self._world, self._webhook)
        self.app = self._make_app(Gate(self._world, channel_access_token))

    def serve(self, port: int = 0) -> AbstractAsyncContextManager[str]:
        """Serve `app` on loopback; yields the base URL."""
        return serve(self.app, port=port)

    @property
    def webhook_url(self) -> str | None:
        return self._webhook.webhook_url

    @webhook_url.setter
    def webhook_url(self, url: str | None) -> None:
        self._webhook.webhook_url = url

    @property
    def faults(self) -> Faults:
        return self._world.faults

    @property
    def quota(self) -> Quota:
        return self._world.quota

    @property
    def people(self) -> People:
        return self._world.people

    @property
    def menus(self) -> Menus:
        return self._world.menus

    @property
    def journal(self) -> Journal:
        return self._world.journal

    async def send_raw(self, body: bytes, signature: str | None = None) -> httpx.Response:
        """Any bytes to the webhook. The right signature is made unless one is given; an empty
        one leaves the header out."""
        return await self._webhook.send_raw(body, signature)

    def messages(self, chat_id: str) -> list[JsonObject]:
        """What the bot said in a chat, in order, as LINE was given it."""
        return [entry.data["message"] for entry in self.accepted(chat_id)]

    def accepted(self, chat_id: str | None = None) -> list[Entry]:
        """The same with time, `call` (reply, push, multicast), `retryKey` and `messageId`."""
        return self.journal.of(Kind.BOT_MESSAGE, chat_id)

    def refused(self) -> list[Entry]:
        """Calls turned down or failed on demand: `call`, `status`, `message`, `details`."""
        return self.journal.of(Kind.REFUSED)

    def loading_starts(self, chat_id: str) -> list[Entry]:
        return self.journal.of(Kind.LOADING, chat_id)

    async def wait_for_messages(
        self, chat_id: str, count: int, timeout: float = 10.0
    ) -> list[JsonObject]:
        """All messages of the bot in this chat as soon as there are `count`.

        Raises TimeoutError.
        """
        await self.journal.wait_until(
            lambda: self.journal.count(Kind.BOT_MESSAGE, chat_id) >= count, timeout
        )
        return self.messages(chat_id)

    async def wait_for(
        self, kind: Kind, count: int = 1, *, chat_id: str | None = None, timeout: float = 10.0
    ) -> list[Entry]:
        """Entries of one kind as soon as there are `count`. Raises TimeoutError."""
        await self.journal.wait_until(lambda: self.journal.count(kind, chat_id) >= count, timeout)
        return self.journal.of(kind, chat_id)

    def _make_app(self, gate: Gate) -> Starlette:
        @asynccontextmanager
        async def lifespan(_app: Starlette) -> AsyncIterator[None]:
            async with self._webhook.open():
                yield

        routes = [
            *MessagesApi(self._world).routes(gate),
            *OtherApi(self._world, self._webhook).routes(gate),
            *MenusApi(self._world).routes(gate),
            *ChatPage(self._world, self).routes(),
        ]
        return Starlette(routes=routes, lifespan=lifespan)


def _new_world(clock: Clock, monthly_quota: int | None, profiles: Iterable[Profile]) -> World:
    return World(
        clock=clock,
        bot=BOT,
        people=People(profiles),
        journal=Journal(clock),
        reply_tokens=ReplyTokens(clock),
        retry_keys=RetryKeys(clock),
        quota=Quota(clock, monthly_quota),
    )
