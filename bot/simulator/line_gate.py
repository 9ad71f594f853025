"""What stands before every endpoint: the access token, faults on demand, the request id, and
LINE's way of saying no.

Knows HTTP, not what the endpoints do.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bot.simulator.line_faults import Fault
from bot.simulator.line_journal import Kind
from bot.simulator.line_state import JsonObject
from bot.simulator.line_validation import RefusalError, read_json
from bot.simulator.line_world import World

RATE_LIMIT = "The API rate limit has been exceeded. Try again later."
MONTHLY_LIMIT = "You have reached your monthly limit."
UNAUTHORIZED = (
    "Authentication failed. Confirm that the access token in the authorization header is valid."
)
TOO_LATE = "Invalid reply token"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of the bot that passed the gate."""

    name: str
    request: Request
    request_id: str
    body: bytes

    def json(self) -> JsonObject:
        return read_json(self.body)

    def path(self, name: str) -> str:
        return str(self.request.path_params[name])


Answer = Callable[[Call], Awaitable[Response]]


class Gate:
    def __init__(self, world: World, channel_access_token: str) -> None:
        self._world = world
        self._token = channel_access_token

    def route(self, method: str, path: str, name: str, answer: Answer) -> Route:
        async def endpoint(request: Request) -> Response:
            return await self._pass(name, request, answer)

        return Route(path, endpoint, methods=[method], name=f"{method} {path}")

    async def _pass(self, name: str, request: Request, answer: Answer) -> Response:
        call = Call(
            name=name,
            request=request,
            request_id=str(uuid.uuid4()),
            body=await request.body(),
        )
        fault = self._world.faults.take(name)
        if fault is not None:
            self._world.journal.add(Kind.FAULTS, waiting=self._world.faults.waiting())
        try:
            self._check(request, fault)
            response = await self._answer(call, fault, answer)
        except RefusalError as refusal:
            response = self._refuse(call, refusal)
        response.headers["x-line-request-id"] = call.request_id
        return response

    def _check(self, request: Request, fault: Fault | None) -> None:
        given = request.headers.get("authorization", "").encode()
        known = hmac.compare_digest(given, f"Bearer {self._token}".encode())
        if fault is Fault.UNAUTHORIZED or not known:
            raise RefusalError(401, UNAUTHORIZED)
        if fault is Fault.RATE_LIMIT:
            raise RefusalError(429, RATE_LIMIT)
        if fault is Fault.QUOTA:
            raise RefusalError(429, MONTHLY_LIMIT)
        if fault is Fault.TOO_LATE:
            raise RefusalError(400, TOO_LATE)
        if fault is Fault.ERROR:
            raise RefusalError(500, "Internal Server Error")

    async def _answer(self, call: Call, fault: Fault | None, answer: Answer) -> Response:
        if fault is Fault.HANG:
            self._record(call, status=None, message="No answer, nothing accepted", fault=fault)
            return await _hold(call.request, self._world.faults.longest_hang_seconds)
        response = await answer(call)
        if fault is None or not fault.accepts:
            return response
        self._record(call, status=None, message="Accepted, but not told so", fault=fault)
        match fault:
            case Fault.ACCEPT_THEN_HANG:
                return await _hold(call.request, self._world.faults.longest_hang_seconds)
            case Fault.ACCEPT_THEN_CUT:
                return _BrokenOff()
            case _:
                return JSONResponse({"message": "Internal Server Error"}, status_code=500)

    def _refuse(self, call: Call, refusal: RefusalError) -> Response:
        self._record(call, status=refusal.status, message=refusal.message, details=refusal.details)
        return JSONResponse(refusal.to_json(), status_code=refusal.status, headers=refusal.headers)

    def _record(self, call: Call, **facts: Any) -> None:
        self._world.journal.add(Kind.REFUSED, call=call.name, requestId=call.request_id, **facts)


async def _hold(request: Request, seconds: float) -> Response:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while (await request.receive())["type"] != "http.disconnect":
                pass
    return Response(status_code=500)


class _BrokenOff(Response):
    """Begins an answer and never ends it, upon which the server closes the connection."""

    # The signature is ASGI's.
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})
