"""Following a session's events over real HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import Message

from bot.simulator.server import serve
from orchestrator_core.model import EventKind
from orchestrator_core.ports import Topic
from tests.acceptance.api_app import AUTHORIZATION, Api, open_api, with_state
from tests.fakes.clock import NOON

PATIENCE = 10.0


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with open_api(tmp_path) as api:
        yield api


@pytest.fixture
async def web(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        serve(api.app) as base_url,
        httpx.AsyncClient(base_url=base_url, headers=AUTHORIZATION, timeout=PATIENCE) as client,
    ):
        yield client


class Reader:
    """Reads a stream block by block; a block ends with an empty line."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def block(self) -> str:
        lines: list[str] = []
        async with asyncio.timeout(PATIENCE):
            async for line in self._lines:
                if not line:
                    break
                lines.append(line)
        return "\n".join(lines)

    async def event(self) -> dict[str, str]:
        return fields(await self.block())


def fields(block: str) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in block.splitlines())


def events_in(text: str) -> list[dict[str, str]]:
    """Without the first block, which only says how soon to connect again."""
    return [fields(block) for block in text.split("\n\n")[1:] if block]


@asynccontextmanager
async def following(
    web: httpx.AsyncClient, session: dict[str, Any], **headers: str
) -> AsyncIterator[Reader]:
    address = f"/sessions/{session['id']}/events"
    async with web.stream("GET", address, headers=headers) as response:
        reader = Reader(response)
        assert await reader.block() == "retry: 3000"
        yield reader


async def happen(api: Api, session: dict[str, Any], kind: EventKind, count: int = 1) -> list[int]:
    """Store events without ringing. Returns their ids."""
    async with api.records() as records:
        for n in range(count):
            await records.log.append(
                session_id=session["id"], turn_id=None, kind=kind, data={"n": n}, now=NOON
            )
        events = await records.log.after(session["id"], 0, 1000)
    return [event.id for event in events[-count:]]


async def quiet(api: Api) -> None:
    """Wait until a reader has told everything and waits for more."""
    async with asyncio.timeout(PATIENCE):
        await api.wakeups.waiting.wait()


async def test_a_replay_tells_everything_in_order_and_ends(
    api: Api, web: httpx.AsyncClient
) -> None:
    session = await api.started(prompt="go")
    ids = await happen(api, session, EventKind.TEXT, 450)

    response = await web.get(f"/sessions/{session['id']}/events?follow=false")

    events = events_in(response.text)
    assert response.headers["content-type"].startswith("text/event-stream")
    assert [event["event"] for event in events[:2]] == ["session_started", "prompt"]
    assert [int(event["id"]) for event in events[2:]] == ids
    assert json.loads(events[-1]["data"])["data"] == {"n": 449}


async def test_a_replay_begins_after_the_last_event_seen(api: Api, web: httpx.AsyncClient) -> None:
    session = await api.started()
    ids = await happen(api, session, EventKind.TEXT, 5)

    response = await web.get(
        f"/sessions/{session['id']}/events?follow=false", headers={"Last-Event-ID": str(ids[2])}
    )

    assert [int(event["id"]) for event in events_in(response.text)] == ids[3:]


async def test_a_follower_gets_what_happens_while_it_follows(
    api: Api, web: httpx.AsyncClient
) -> None:
    session, other = await api.started(), await api.started()
    async with following(web, session) as reader:
        await reader.event()
        await quiet(api)
        await happen(api, other, EventKind.TEXT)
        ids = await happen(api, session, EventKind.TEXT)
        api.wakeups.ring(Topic.EVENTS)
        event = await reader.event()

    assert (event["event"], int(event["id"])) == ("text", ids[0])


async def test_only_its_own_sessions_events_wake_a_follower(
    api: Api, web: httpx.AsyncClient
) -> None:
    session, other = await api.started(), await api.started()
    async with following(web, session) as reader:
        await reader.event()
        await quiet(api)
        api.wakeups.ring(Topic.EVENTS, other["id"])
        left_alone = api.wakeups.waiting.is_set()
        await happen(api, session, EventKind.TEXT)
        api.wakeups.ring(Topic.EVENTS, session["id"])
        event = await reader.event()

    assert left_alone is True
    assert event["event"] == "text"


async def test_an_event_whose_ring_was_lost_comes_with_the_next_look(
    api: Api, web: httpx.AsyncClient
) -> None:
    session = await api.started()
    async with following(web, session) as reader:
        await reader.event()
        await quiet(api)
        await happen(api, session, EventKind.TEXT)
        api.wakeups.let_time_pass()
        event = await reader.event()

    assert event["event"] == "text"


async def test_a_silent_stream_is_kept_open_with_comments(
    api: Api, web: httpx.AsyncClient
) -> None:
    session = await api.started()
    async with following(web, session) as reader:
        await reader.event()
        await quiet(api)
        api.wakeups.let_time_pass()
        block = await reader.block()

    assert block == ": still here"


async def test_a_reader_that_connects_again_misses_nothing(
    api: Api, web: httpx.AsyncClient
) -> None:
    session = await api.started()
    async with following(web, session) as reader:
        seen = (await reader.event())["id"]
    ids = await happen(api, session, EventKind.TEXT, 3)
    async with following(web, session, **{"Last-Event-ID": seen}) as reader:
        events = [await reader.event() for _ in ids]

    assert [int(event["id"]) for event in events] == ids


async def test_a_stream_ends_when_the_server_begins_to_stop(
    api: Api, web: httpx.AsyncClient
) -> None:
    session = await api.started()
    async with following(web, session) as reader:
        await reader.event()
        await quiet(api)
        api.state["stopping"].set()
        last = await reader.block()

    assert last == ""


async def test_a_client_that_goes_away_leaves_nothing_behind(
    api: Api, web: httpx.AsyncClient
) -> None:
    session = await api.started()
    async with following(web, session) as reader:
        await reader.event()
        await quiet(api)
        api.wakeups.all_left.clear()

    async with asyncio.timeout(PATIENCE):
        await api.wakeups.all_left.wait()
    assert api.wakeups.bells == []


async def test_a_connection_that_breaks_under_an_event_leaves_nothing_behind(api: Api) -> None:
    """Servers of ASGI 2.4 and later tell it by an OSError when something is sent."""
    session = await api.started(prompt="go")
    sent: list[Message] = []

    async def never() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)
        if b"event: prompt" in message.get("body", b""):
            raise OSError("broken pipe")

    await with_state(api.app, api.state)(
        {
            "type": "http",
            "asgi": {"spec_version": "2.4"},
            "method": "GET",
            "path": f"/sessions/{session['id']}/events",
            "query_string": b"",
            "headers": [(b"authorization", AUTHORIZATION["Authorization"].encode())],
        },
        never,
        send,
    )

    assert b"event: prompt" in sent[-1]["body"]
    assert api.wakeups.bells == []


@pytest.mark.parametrize("last", ["-1", "abc", str(2**63)])
async def test_a_place_that_cannot_be_is_refused(api: Api, last: str) -> None:
    session = await api.started()

    response = await api.client.get(
        f"/sessions/{session['id']}/events", headers={"Last-Event-ID": last}
    )

    assert response.status_code == 422
    assert response.json()["errors"][0]["header"] == "Last-Event-ID"


async def test_an_unknown_session_has_no_stream(api: Api) -> None:
    response = await api.client.get("/sessions/4711/events")

    assert response.status_code == 404
