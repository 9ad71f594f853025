"""`/sessions/{session}/events`: what happens in a session, as server-sent events.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response, StreamingResponse
from starlette.types import Send

from bot.api.limits import Allowance
from bot.api.lookup import LAST_ID, session_meant
from bot.api.operation import Answer, Call, Nothing, Operation
from bot.api.views import EventView
from orchestrator_core.model import SessionEvent
from orchestrator_core.ports import Bell, Store, Topic, Wakeups

#: Seconds of silence after which proxies would begin to close the connection.
HEARTBEAT = 15.0
BATCH = 200
#: Milliseconds after which a browser connects again by itself.
RECONNECT = "retry: 3000\n\n"
STILL_HERE = ": still here\n\n"


class FollowQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    follow: bool = Field(True, description="`false`: end after what has happened so far.")


class ResumeHeader(BaseModel):
    after: int = Field(
        0,
        alias="Last-Event-ID",
        ge=0,
        le=LAST_ID,
        description="Only events after this one. Browsers send it when they connect again.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """A reader's place in the events of a session."""

    session_id: str
    store: Store
    wakeups: Wakeups
    stopping: asyncio.Event

    async def frames(self, last_id: int, *, follow: bool) -> AsyncGenerator[str]:
        """Everything after `last_id`; then, to follow, whatever comes until the server stops."""
        yield RECONNECT
        # Listening before the first read: what happens in between rings, so it is not missed.
        async with self.wakeups.bell(Topic.EVENTS, self.session_id) as bell:
            while True:
                silent = True
                async for event in self._unread(last_id):
                    last_id, silent = event.id, False
                    yield frame(event)
                if not follow or self.stopping.is_set():
                    return
                if silent:
                    yield STILL_HERE
                await _rung(bell, self.stopping)

    async def _unread(self, last_id: int) -> AsyncIterator[SessionEvent]:
        while True:
            async with self.store.read() as records:
                events = await records.log.after(self.session_id, last_id, BATCH)
            for event in events:
                yield event
            if len(events) < BATCH:
                return
            last_id = events[-1].id


def frame(event: SessionEvent) -> str:
    """JSON has no raw line breaks, so `data:` is always one line."""
    data = EventView.of(event).model_dump_json()
    return f"id: {event.id}\nevent: {event.kind}\ndata: {data}\n\n"


async def follow(call: Call[Nothing, FollowQuery, ResumeHeader]) -> Response:
    state = call.state
    async with state["store"].read() as records:
        session = await session_meant(records, call.session_reference)
    following = Following(
        session_id=session.id,
        store=state["store"],
        wakeups=state["wakeups"],
        stopping=state["stopping"],
    )
    return _EventStream(following.frames(call.headers.after, follow=call.query.follow))


class _EventStream(StreamingResponse):
    media_type = "text/event-stream"

    def __init__(self, frames: AsyncGenerator[str]) -> None:
        self._frames = frames
        # nginx would hold events back until its buffer is full.
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(frames, headers=headers)

    async def stream_response(self, send: Send) -> None:
        # When the client goes, the bell must be let go of now, not when the frames are collected.
        async with aclosing(self._frames):
            await super().stream_response(send)


async def _rung(bell: Bell, stopping: asyncio.Event) -> None:
    """Wait until there may be something new, the heartbeat is due, or the server stops."""
    waits = {
        asyncio.create_task(bell.wait(HEARTBEAT)),
        asyncio.create_task(stopping.wait()),
    }
    try:
        done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
    for wait in done:
        # A bell that failed ends the stream; the client connects again where it was.
        wait.result()


FOLLOW = Operation(
    method="GET",
    path="/sessions/{session}/events",
    id="followSession",
    summary="Follow what happens in a session",
    description="Server-sent events: first what has happened, then what happens. `id:` is the "
    "event's id, `event:` its kind, `data:` a `#/components/schemas/EventView` as JSON on one "
    "line. Comments keep the connection open. Connect again with `Last-Event-ID` to miss nothing.",
    allowance=Allowance.READS,
    body=Nothing,
    query=FollowQuery,
    headers=ResumeHeader,
    answers={
        200: Answer(
            description="The stream.",
            media_type="text/event-stream",
            example="id: 7\nevent: prompt\ndata: {…}\n\n",
        )
    },
    carry_out=follow,
)
