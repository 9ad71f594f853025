"""The endpoint LINE calls: verify, store, answer, ring. What an event means is decided later.

Plain ASGI rather than a Starlette Request: this is the one path whose speed everyone waits for.
Knows neither who stores the events nor who handles them.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TypedDict

from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bot.line.signature import HEADER, verify
from bot.line.unsigned import UnsignedCalls
from bot.line.webhook_events import WebhookBodyError, to_inbox
from orchestrator_core.errors import StorageFullError
from orchestrator_core.model import InboxState, NewInboxEvent
from orchestrator_core.ports import Clock, InboxWriter, Metrics, Topic, Wakeups

WEBHOOK_PATH = "/line/webhook"
BODY_LIMIT = 1024 * 1024
RETRY_AFTER_SECONDS = 30

logger = logging.getLogger(__name__)

_SIGNATURE = HEADER.encode()
_OK = Response()
_FORGED = PlainTextResponse("x-line-signature does not match the body", status_code=401)
_UNREADABLE = PlainTextResponse(
    "the body is no JSON object with a list of events", status_code=400
)
_TOO_LARGE = PlainTextResponse(f"the body is over {BODY_LIMIT} bytes", status_code=413)
_FULL = PlainTextResponse(
    "nothing can be stored at present",
    status_code=503,
    headers={"retry-after": str(RETRY_AFTER_SECONDS)},
)


class WebhookState(TypedDict):
    """What the endpoint takes from the app's lifespan state."""

    channel_secret: bytes
    inbox_writer: InboxWriter
    wakeups: Wakeups
    clock: Clock
    metrics: Metrics


class _TooLargeError(Exception):
    """More bytes than are taken."""


class _GoneError(Exception):
    """The caller went away before the body was whole."""


class LineWebhook:
    def __init__(self, unsigned: UnsignedCalls | None = None) -> None:
        """`unsigned` None: any number of calls that are not LINE's is answered."""
        self._unsigned = unsigned

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            response, outcome = await self._answer(scope, receive)
        except _GoneError:
            return
        scope["state"]["metrics"].count("webhook_requests", outcome=outcome)
        await response(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[Response, str]:
        """The answer, and its name in the metrics."""
        state: WebhookState = scope["state"]
        headers = dict(scope["headers"])
        given = headers.get(_SIGNATURE)
        try:
            # Without a signature there is nothing to read the body for.
            body = b"" if given is None else await _body(headers, receive)
        except _TooLargeError:
            return await self._not_from_line(scope, _TOO_LARGE, "too_large")
        if given is None or not verify(body, given.decode("latin-1"), state["channel_secret"]):
            return await self._not_from_line(scope, _FORGED, "forged")
        return await _store(body, state)

    async def _not_from_line(
        self, scope: Scope, answer: Response, outcome: str
    ) -> tuple[Response, str]:
        seconds = await self._unsigned.seconds_to_wait(scope) if self._unsigned else None
        if seconds is not None:
            headers = {"retry-after": str(seconds)}
            return PlainTextResponse("too many calls", 429, headers), "flood"
        if outcome == "forged":
            logger.warning("webhook signature mismatch")
        return answer, outcome


def line_routes(unsigned: UnsignedCalls | None = None) -> list[Route]:
    return [Route(WEBHOOK_PATH, LineWebhook(unsigned), methods=["POST"])]


async def _body(headers: dict[bytes, bytes], receive: Receive) -> bytes:
    announced = headers.get(b"content-length", b"")
    if announced.isdigit() and int(announced[:19]) > BODY_LIMIT:
        raise _TooLargeError
    chunks: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _GoneError
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > BODY_LIMIT:
            raise _TooLargeError
        chunks.append(chunk)
        more = message.get("more_body", False)
    return b"".join(chunks)


async def _store(body: bytes, state: WebhookState) -> tuple[Response, str]:
    try:
        events = to_inbox(body, state["clock"].now())
    except WebhookBodyError:
        logger.warning("webhook body unreadable")
        return _UNREADABLE, "unreadable"
    if not events:
        return _OK, "empty"
    try:
        # After the 200 LINE will not send these again: they must be durable before it.
        await state["inbox_writer"].store(events)
    except StorageFullError:
        # No traceback: a database's error may quote what was to be stored.
        logger.error("webhook storage full")  # noqa: TRY400
        return _FULL, "storage_full"
    _tell_unreadable(events, state["metrics"])
    state["wakeups"].ring(Topic.INBOX)
    return _OK, "stored"


def _tell_unreadable(events: Sequence[NewInboxEvent], metrics: Metrics) -> None:
    """Nobody else will: they are stored as finished."""
    for event in events:
        if event.state is InboxState.UNREADABLE:
            logger.warning("event unreadable", extra={"event_id": event.webhook_event_id})
            metrics.count("inbox_events", state=event.state)
