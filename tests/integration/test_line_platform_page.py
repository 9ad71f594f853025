"""The endpoints under the chat page: live stream, history, and who may call them."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from bot.simulator.line_journal import Kind
from tests.integration.line_world import ANN, BEN, LineWorld, line_world, text

Frame = dict[str, Any]


async def frames(line: LineWorld, count: int, last: str | None = None) -> list[Frame]:
    """The first frames of the stream, each with its fields by name."""
    headers = {} if last is None else {"last-event-id": last}
    found: list[Frame] = []
    async with line.api.stream("GET", "/simulator/stream", headers=headers) as stream:
        frame: Frame = {}
        async for row in stream.aiter_lines():
            name, _, value = row.partition(": ")
            if name:
                frame[name] = json.loads(value) if name == "data" else value
                continue
            found.append(frame)
            frame = {}
            if len(found) == count:
                break
    return found


async def test_the_stream_begins_with_all_that_was() -> None:
    async with line_world() as line:
        await line.push(text("one"))
        reset, quota, message = await frames(line, 3)

        assert reset["event"] == "reset"
        assert quota["data"]["kind"] == Kind.QUOTA
        assert message["data"]["message"] == text("one")
        assert message["data"]["chatId"] == ANN


async def test_a_reader_goes_on_where_it_left_off() -> None:
    async with line_world() as line:
        await line.push(text("one"))
        seen = (await frames(line, 3))[-1]["id"]
        await line.push(text("two"))
        _, message = await frames(line, 2, last=seen)

        assert message["data"]["message"] == text("two")


async def test_a_reader_from_another_run_starts_afresh() -> None:
    async with line_world() as line:
        await line.push(text("one"))
        found = await frames(line, 3, last="0000beef-2")

        assert found[0]["event"] == "reset"
        assert found[2]["data"]["message"] == text("one")


async def test_the_page_speaks_taps_follows_and_changes_its_language() -> None:
    async with line_world() as line:
        await line.api.post("/simulator/say", json={"user": ANN, "text": "hello"})
        tap = {"user": ANN, "data": "d", "displayText": "Yes"}
        await line.api.post("/simulator/tap", json=tap)
        await line.api.post("/simulator/unfollow", json={"user": ANN})
        await line.api.post("/simulator/follow", json={"user": ANN})
        await line.api.post("/simulator/profile", json={"user": ANN, "language": "ja"})
        profile = await line.api.get(f"/v2/bot/profile/{ANN}")

        kinds = [event["type"] for event in line.bot.events]
        assert kinds == ["message", "postback", "unfollow", "follow"]
        assert profile.json()["language"] == "ja"


@pytest.mark.parametrize("body", [{"user": BEN}, {"user": BEN, "text": ""}, {"text": "hi"}])
async def test_the_page_cannot_say_nothing(body: dict[str, str]) -> None:
    async with line_world() as line:
        answer = await line.api.post("/simulator/say", json=body)

        assert answer.status_code == 400
        assert line.bot.events == []


async def test_other_sites_can_neither_read_nor_send() -> None:
    async with line_world() as line:
        rebound = await line.api.get("/simulator/records", headers={"host": "evil.test"})
        form = await line.api.post("/simulator/say", data={"user": ANN, "text": "hi"})

        assert (rebound.status_code, form.status_code) == (403, 415)
        assert line.bot.events == []


async def test_the_page_allows_no_inline_and_no_foreign_scripts() -> None:
    async with line_world() as line:
        page = await line.api.get("/")
        policy = page.headers["content-security-policy"]

        assert page.headers["content-type"].startswith("text/html")
        assert "script-src 'self';" in policy
        assert "default-src 'none'" in policy
        assert "unsafe-inline" not in policy


@pytest.mark.parametrize("name", ["endpoints.py", "missing.js", "..%2Fserver.py", "__init__.py"])
async def test_only_the_page_s_own_files_are_served(name: str) -> None:
    async with line_world() as line:
        answer = await line.api.get(f"/page/{name}")

        assert answer.status_code == httpx.codes.NOT_FOUND
