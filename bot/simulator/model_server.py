"""A stand-in for the Anthropic Messages API: what it answers is decided by a `Model`.

Enough of the API that the real Claude Code runs whole behind `ANTHROPIC_BASE_URL`: the event
stream, plain answers, token counts, errors. It asks for no particular key.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.simulator.model_replies import BreakOff, Hang, Model, Refuse, Reply, Say, UseTool
from bot.simulator.model_request import ModelRequest, read_request
from bot.simulator.model_stream import (
    block_events,
    end_events,
    error_body,
    framed,
    start_event,
    text_delta,
    text_start,
    usage_of,
    whole_message,
)


def model_app(model: Model) -> Starlette:
    endpoint = _Messages(model)
    return Starlette(
        routes=[
            Route("/v1/messages", endpoint.create, methods=["POST"]),
            Route("/v1/messages/count_tokens", endpoint.count_tokens, methods=["POST"]),
            Route("/{path:path}", _unknown_path),
        ],
    )


class _Messages:
    def __init__(self, model: Model) -> None:
        self._model = model

    async def create(self, request: Request) -> Response:
        try:
            call = await _read(request)
        except ValueError as error:
            return _error(Refuse(status=400, kind="invalid_request_error", message=str(error)))
        reply = await _unless_caller_leaves(request, self._reply(call))
        match reply:
            case None:
                return Response(status_code=499)
            case Refuse():
                return _error(reply)
            case Say() | UseTool() if not call.stream:
                usage = usage_of(reply, size=call.size)
                self._model.billed(call, usage)
                return JSONResponse(whole_message(reply, model=call.model, usage=usage))
            case _:
                return StreamingResponse(self._stream(call, reply), media_type="text/event-stream")

    async def count_tokens(self, request: Request) -> Response:
        try:
            call = await _read(request)
        except ValueError as error:
            return _error(Refuse(status=400, kind="invalid_request_error", message=str(error)))
        return JSONResponse({"input_tokens": call.size})

    async def _reply(self, call: ModelRequest) -> Reply:
        reply = await self._model.reply(call)
        if isinstance(reply, Hang) and not reply.begin:
            await asyncio.Event().wait()
        return reply

    async def _stream(self, call: ModelRequest, reply: Reply) -> AsyncIterator[bytes]:
        match reply:
            case Say() | UseTool():
                async for frame in self._stream_message(call, reply):
                    yield frame
            case BreakOff() | Hang():
                usage = usage_of(reply, size=call.size)
                self._model.billed(call, usage)
                yield framed(start_event(call.model, usage))
                yield framed(text_start())
                if isinstance(reply, BreakOff):
                    yield framed(text_delta(reply.text))
                else:
                    await asyncio.Event().wait()

    async def _stream_message(
        self, call: ModelRequest, reply: Say | UseTool
    ) -> AsyncIterator[bytes]:
        usage = usage_of(reply, size=call.size)
        yield framed(start_event(call.model, usage))
        pause = reply.pause if isinstance(reply, Say) else 0
        for event in block_events(reply):
            yield framed(event)
            if pause and event["type"] == "content_block_delta":
                await asyncio.sleep(pause)
        # Counted before it is sent: whoever has read the answer finds it counted.
        self._model.billed(call, usage)
        for event in end_events(reply, usage):
            yield framed(event)


async def _read(request: Request) -> ModelRequest:
    return read_request(
        await request.body(), session_id=request.headers.get("x-claude-code-session-id", "")
    )


async def _unless_caller_leaves(request: Request, answer: Awaitable[Reply]) -> Reply | None:
    """The reply, or None when the caller hung up first: a waiting script must not outlive it."""
    replying = asyncio.ensure_future(answer)
    leaving = asyncio.ensure_future(_has_left(request.receive))
    try:
        await asyncio.wait([replying, leaving], return_when=asyncio.FIRST_COMPLETED)
        return await replying if replying.done() else None
    finally:
        replying.cancel()
        leaving.cancel()


async def _has_left(receive: Callable[[], Awaitable[object]]) -> None:
    await receive()


def _error(refusal: Refuse) -> Response:
    after = refusal.retry_after
    return JSONResponse(
        error_body(refusal.kind, refusal.message),
        status_code=refusal.status,
        headers=None if after is None else {"retry-after": str(after)},
    )


async def _unknown_path(request: Request) -> Response:
    message = f"no such path: {request.url.path}"
    return _error(Refuse(status=404, kind="not_found_error", message=message))
