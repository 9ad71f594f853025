"""Calls to LINE's Messaging API. The product's only importer of the LINE SDK.

The SDK takes 0.8 s to import, so that happens beside the rest, in a thread.
Knows nothing of when or why something is sent; never tries a call again by itself.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from bot.line.refusals import Refusal, error_for
from bot.line.sent import accepted_before, sent_ids
from orchestrator_core.courier import MOST_AT_ONCE
from orchestrator_core.errors import (
    MessengerBusyError,
    MessengerError,
    MessengerUnclearError,
)
from orchestrator_core.model import Chat, JsonObject
from orchestrator_core.ports import Profile, Quota

if TYPE_CHECKING:
    from aiohttp import ClientTimeout
    from linebot.v3.messaging import AsyncApiClient

CALL_TIMEOUT_SECONDS = 10.0
CONNECT_TIMEOUT_SECONDS = 5.0
#: As many as the courier makes calls at once, and room for animations and profiles beside. With
#: fewer, calls would wait for each other.
CONNECTIONS = MOST_AT_ONCE + 60

_ALREADY_ACCEPTED = 409
#: By the first letter of a chat's id.
_SHARED_CHATS = {"C": "group", "R": "room"}
#: Loading animations last 5 to 60 s, in steps of 5.
_LOADING_STEP, _LOADING_LIMIT = 5, 60

logger = logging.getLogger(__name__)


class LineMessenger:
    """Implements the port Messenger. Enter it inside the running loop, once per process.

    Entering costs nothing: the first call, or `warm_up`, loads the SDK (0.8 s) in a thread.
    """

    def __init__(
        self,
        *,
        access_token: str,
        api_base: str,
        timeout: float = CALL_TIMEOUT_SECONDS,
        opened: Callable[[Sequence[JsonObject]], Sequence[JsonObject]] = list,
    ) -> None:
        """`opened`: what was sealed while it waited, in clear."""
        self._access_token = access_token
        self._api_base = api_base.rstrip("/")
        self._timeout = timeout
        self._opened = opened
        self._entered = False
        self._opening: asyncio.Task[AsyncApiClient] | None = None
        self._no_access = False

    @property
    def refused(self) -> bool:
        """Whether LINE turned the access token down, and has taken nothing since."""
        return self._no_access

    async def __aenter__(self) -> Self:
        self._entered = True
        return self

    async def warm_up(self) -> None:
        """Load what the first call would otherwise have to wait for."""
        await self._client()

    async def try_token(self) -> None:
        """Ask LINE who this bot is, so that a wrong token shows before anything is to be said.

        Raises no MessengerError: `refused` tells.
        """
        try:
            await self._call("GET", "/v2/bot/info")
        except MessengerError as error:
            if not self.refused:
                logger.info("token not tried", extra={"why": type(error).__name__})

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._opening is not None:
            await (await self._opening).close()

    async def reply(self, token: str, messages: Sequence[JsonObject]) -> tuple[str, ...]:
        body = {"replyToken": token, "messages": list(self._opened(messages))}
        return sent_ids(await self._call("POST", "/v2/bot/message/reply", body))

    async def push(
        self, chat_id: str, messages: Sequence[JsonObject], *, retry_key: str
    ) -> tuple[str, ...]:
        body = {"to": chat_id, "messages": list(self._opened(messages))}
        return sent_ids(
            await self._call("POST", "/v2/bot/message/push", body, retry_key=retry_key)
        )

    async def show_loading(self, chat_id: str, seconds: int) -> None:
        """Rounded up to what LINE takes: 5 to 60 s in steps of 5."""
        steps = max(1, -(-seconds // _LOADING_STEP))
        body = {"chatId": chat_id, "loadingSeconds": min(steps * _LOADING_STEP, _LOADING_LIMIT)}
        await self._call("POST", "/v2/bot/chat/loading/start", body)

    async def profile(self, person_id: str) -> Profile:
        found = await self._call("GET", "/v2/bot/profile/{userId}", path={"userId": person_id})
        if not isinstance(found, dict) or not isinstance(found.get("displayName"), str):
            raise MessengerUnclearError("LINE's profile has an unknown shape.")
        language = found.get("language")
        return Profile(
            display_name=found["displayName"],
            language=language if isinstance(language, str) else None,
        )

    async def quota(self) -> Quota:
        limit = await self._call("GET", "/v2/bot/message/quota")
        consumption = await self._call("GET", "/v2/bot/message/quota/consumption")
        return _quota(limit, consumption)

    async def member_name(self, chat: Chat, person_id: str) -> str:
        if chat.is_one_to_one:
            return (await self.profile(person_id)).display_name
        resource = f"/v2/bot/{chat.kind}/{{chatId}}/member/{{userId}}"
        found = await self._call("GET", resource, path={"chatId": chat.id, "userId": person_id})
        if not isinstance(found, dict) or not isinstance(found.get("displayName"), str):
            raise MessengerUnclearError("LINE's profile has an unknown shape.")
        return str(found["displayName"])

    async def members(self, chat_id: str) -> int:
        kind = _SHARED_CHATS.get(chat_id[:1])
        if kind is None:
            return 1
        resource = f"/v2/bot/{kind}/{{chatId}}/members/count"
        found = await self._call("GET", resource, path={"chatId": chat_id})
        if not isinstance(found, dict) or not isinstance(found.get("count"), int):
            raise MessengerUnclearError("LINE's count of members has an unknown shape.")
        return int(found["count"])

    async def call(
        self, method: str, resource: str, body: JsonObject | None = None, **path: str
    ) -> Any:
        """Any other of LINE's calls, `path` filled into the resource. Raises as all of them."""
        return await self._call(method, resource, body, path=path)

    async def _open(self) -> AsyncApiClient:
        await asyncio.to_thread(importlib.import_module, "linebot.v3.messaging")
        from linebot.v3.messaging import AsyncApiClient, Configuration  # noqa: PLC0415

        configuration = Configuration(host=self._api_base, access_token=self._access_token)
        # The SDK's own measure is the number of processors.
        configuration.connection_pool_maxsize = CONNECTIONS
        return AsyncApiClient(configuration)

    async def _client(self) -> AsyncApiClient:
        if not self._entered:
            raise RuntimeError("LineMessenger has not been entered.")
        if self._opening is None:
            self._opening = asyncio.create_task(self._open())
        # Shielded: one caller who gives up must not leave the others without a client.
        return await asyncio.shield(self._opening)

    async def _call(
        self,
        method: str,
        resource: str,
        body: JsonObject | None = None,
        *,
        path: dict[str, str] | None = None,
        retry_key: str | None = None,
    ) -> Any:
        """The decoded answer. Raises the MessengerErrors."""
        client = await self._client()
        import aiohttp  # noqa: PLC0415
        from linebot.v3.messaging import ApiException  # noqa: PLC0415

        try:
            # Past the SDK's models: they drop every field they do not know yet.
            answer = await client.call_api(
                resource,
                method,
                path_params=path,
                header_params=_headers(retry_key),
                body=body,
                response_types_map={"200": "object"},
                auth_settings=["Bearer"],
                _return_http_data_only=True,
                _request_timeout=self._limits(),
            )
        except ApiException as refused:
            if retry_key is None or refused.status != _ALREADY_ACCEPTED:
                raise self._refused(resource, refused) from None
            answer = accepted_before(refused.body)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            # There was no connection, so nothing can have been sent.
            raise MessengerBusyError(f"No connection to LINE: {type(error).__name__}") from None
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, LookupError) as error:
            # The last two: an answer that cannot be decoded. What it answered may be done.
            raise MessengerUnclearError(f"No clear answer: {type(error).__name__}") from None
        self._no_access = False
        return answer

    def _limits(self) -> ClientTimeout:
        import aiohttp  # noqa: PLC0415

        # `connect` counts the wait for a free connection too, and ends well before the whole: so a
        # call that never began is known to be no more than that.
        connect = min(CONNECT_TIMEOUT_SECONDS, self._timeout / 2)
        return aiohttp.ClientTimeout(total=self._timeout, connect=connect, sock_connect=connect)

    def _refused(self, resource: str, refused: Any) -> Exception:
        refusal = Refusal(status=refused.status or 0, body=refused.body or "", resource=resource)
        # Said once: until it is mended, every try would say it again.
        if refusal.is_about_access and not self._no_access:
            self._no_access = True
            logger.error(
                "line access refused",
                extra={"status": refusal.status, "variable": "LINE_CHANNEL_ACCESS_TOKEN"},
            )
        return error_for(refusal)


def _quota(limit: Any, consumption: Any) -> Quota:
    match limit, consumption:
        case {"type": "none"}, {"totalUsage": int(used)}:
            return Quota(limit=None, used=used)
        case {"value": int(most)}, {"totalUsage": int(used)}:
            return Quota(limit=most, used=used)
    raise MessengerUnclearError("LINE's quota has an unknown shape.")


def _headers(retry_key: str | None) -> dict[str, str]:
    key = {"X-Line-Retry-Key": retry_key} if retry_key is not None else {}
    return {"Content-Type": "application/json", **key}
