"""The endpoint LINE calls, as LINE sees it."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import pytest
from starlette.applications import Starlette

from bot.line.signature import signature_of
from bot.line.webhook import BODY_LIMIT, line_routes
from bot.simulator.server import serve
from orchestrator_core.errors import StorageFullError
from orchestrator_core.model import NewInboxEvent
from orchestrator_core.ports import Topic
from tests.fakes.metrics import RecordingMetrics

SECRET = b"secret"
NOW = datetime(2026, 11, 23, tzinfo=UTC)


@dataclass(slots=True)
class Behind:
    """Everything behind the endpoint: it writes down what it is asked, in order."""

    stored: list[NewInboxEvent] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    full: bool = False
    metrics: RecordingMetrics = field(default_factory=RecordingMetrics)

    @property
    def outcomes(self) -> list[str]:
        return [labels["outcome"] for _, labels in self.metrics.counted if "outcome" in labels]

    async def store(self, events: Sequence[NewInboxEvent]) -> None:
        if self.full:
            raise StorageFullError("disk is full")
        self.stored.extend(events)
        self.done.append("stored")

    def ring(self, topic: Topic) -> None:
        self.done.append(f"rang {topic}")

    def now(self) -> datetime:
        return NOW


def app_on(behind: Behind) -> Starlette:
    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[dict[str, object]]:
        yield {
            "channel_secret": SECRET,
            "inbox_writer": behind,
            "wakeups": behind,
            "clock": behind,
            "metrics": behind.metrics,
        }

    return Starlette(routes=line_routes(), lifespan=lifespan)


@pytest.fixture
def behind() -> Behind:
    return Behind()


@pytest.fixture
async def client(behind: Behind) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        serve(app_on(behind)) as base_url,
        httpx.AsyncClient(base_url=base_url, trust_env=False) as made,
    ):
        yield made


def body_of(*events: object) -> bytes:
    return json.dumps({"destination": "Ubot", "events": events}).encode()


def an_event(event_id: str = "E1") -> dict[str, object]:
    return {"type": "message", "webhookEventId": event_id, "timestamp": 1, "mode": "active"}


async def post(
    client: httpx.AsyncClient, body: bytes, signature: str | None = None
) -> httpx.Response:
    headers = {"x-line-signature": signature or signature_of(body, SECRET)}
    return await client.post("/line/webhook", content=body, headers=headers)


async def test_signed_events_are_stored_before_the_answer_and_then_rung_for(
    client: httpx.AsyncClient, behind: Behind
) -> None:
    response = await post(client, body_of(an_event("E1"), {"strange": True}, an_event("E2")))

    assert response.status_code == 200
    assert [one.webhook_event_id[:11] for one in behind.stored] == ["E1", "unreadable-", "E2"]
    assert behind.done == ["stored", "rang inbox"]
    assert behind.outcomes == ["stored"]


async def test_events_stored_as_unreadable_are_counted_and_logged_by_their_ids(
    client: httpx.AsyncClient, behind: Behind, caplog: pytest.LogCaptureFixture
) -> None:
    deep = b"[" * 20_000 + b"]" * 20_000
    body = body_of(an_event("E1"), {"strange": True}, "HERE", an_event("E2"))
    response = await post(client, body.replace(b'"HERE"', deep))
    unreadable = [row.webhook_event_id for row in behind.stored if row.chat_id is None][1:3]

    assert response.status_code == 200
    assert [one.webhook_event_id[:11] for one in behind.stored] == [
        *("E1", "unreadable-", "unreadable-", "E2"),
    ]
    assert behind.metrics.times("inbox_events", state="unreadable") == 2
    assert [
        vars(record)["event_id"]
        for record in caplog.records
        if record.getMessage() == "event unreadable"
    ] == unreadable


async def test_unreadable_events_that_could_not_be_stored_are_not_counted(
    client: httpx.AsyncClient, behind: Behind
) -> None:
    behind.full = True
    await post(client, body_of({"strange": True}))

    assert behind.metrics.times("inbox_events", state="unreadable") == 0


async def test_lines_check_without_events_is_answered_and_stores_nothing(
    client: httpx.AsyncClient, behind: Behind
) -> None:
    response = await post(client, body_of())

    assert response.status_code == 200
    assert (behind.done, behind.outcomes) == ([], ["empty"])


@pytest.mark.parametrize("signature", ["AAAA", "é".encode().decode("latin-1"), "x" * 5000])
async def test_a_wrong_signature_is_401_and_nothing_is_stored_or_logged_of_it(
    client: httpx.AsyncClient,
    behind: Behind,
    caplog: pytest.LogCaptureFixture,
    signature: str,
) -> None:
    caplog.set_level(logging.DEBUG, logger="bot")
    body = body_of({**an_event(), "secret-text": "private"})
    headers = [(b"x-line-signature", signature.encode("latin-1"))]
    response = await client.post("/line/webhook", content=body, headers=headers)

    assert response.status_code == 401
    assert (behind.stored, behind.outcomes) == ([], ["forged"])
    said = [record.getMessage() for record in caplog.records if record.name.startswith("bot")]
    assert said == ["webhook signature mismatch"]


async def test_a_missing_signature_is_401(client: httpx.AsyncClient, behind: Behind) -> None:
    response = await client.post("/line/webhook", content=body_of(an_event()))

    assert response.status_code == 401
    assert behind.stored == []


async def test_a_signed_body_that_is_cut_off_on_its_way_is_forged(
    client: httpx.AsyncClient, behind: Behind
) -> None:
    body = body_of(an_event())
    response = await post(client, body[:-5], signature_of(body, SECRET))

    assert response.status_code == 401
    assert behind.stored == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'{"events":7}', b"[" * 200_000])
async def test_a_signed_body_that_cannot_be_read_is_400(
    client: httpx.AsyncClient, behind: Behind, body: bytes
) -> None:
    response = await post(client, body)

    assert response.status_code == 400
    assert (behind.stored, behind.outcomes) == ([], ["unreadable"])


async def test_the_largest_body_is_taken(client: httpx.AsyncClient, behind: Behind) -> None:
    body = body_of(an_event())
    response = await post(client, body + b" " * (BODY_LIMIT - len(body)))

    assert response.status_code == 200
    assert len(behind.stored) == 1


async def test_one_byte_more_is_413(client: httpx.AsyncClient, behind: Behind) -> None:
    body = body_of(an_event())
    response = await post(client, body + b" " * (BODY_LIMIT + 1 - len(body)))

    assert response.status_code == 413
    assert (behind.stored, behind.outcomes) == ([], ["too_large"])


async def test_a_body_that_does_not_say_its_length_is_counted_while_it_comes(
    client: httpx.AsyncClient, behind: Behind
) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 100_000

    response = await client.post(
        "/line/webhook", content=endless(), headers={"x-line-signature": "AAAA"}
    )

    assert response.status_code == 413
    assert behind.outcomes == ["too_large"]


async def test_a_full_disk_asks_line_to_try_again(
    client: httpx.AsyncClient, behind: Behind
) -> None:
    behind.full = True
    response = await post(client, body_of(an_event()))

    assert response.status_code == 503
    assert int(response.headers["retry-after"]) > 0
    assert behind.done == []


async def test_the_next_request_on_the_same_connection_works_after_any_refusal(
    client: httpx.AsyncClient,
) -> None:
    await post(client, b" " * (BODY_LIMIT + 1))
    await post(client, body_of(an_event()), "AAAA")
    response = await post(client, body_of(an_event()))

    assert response.status_code == 200


async def test_other_methods_are_not_allowed(client: httpx.AsyncClient) -> None:
    assert (await client.get("/line/webhook")).status_code == 405


async def test_a_caller_who_goes_away_midway_leaves_nothing_behind(behind: Behind) -> None:
    incoming: Iterator[dict[str, object]] = iter(
        [
            {"type": "http.request", "body": body_of(an_event()), "more_body": True},
            {"type": "http.disconnect"},
        ]
    )
    sent: list[object] = []

    async def receive() -> dict[str, object]:
        return next(incoming)

    async def send(message: object) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/line/webhook",
        "headers": [(b"x-line-signature", b"AAAA")],
        "state": {"channel_secret": SECRET, "metrics": behind.metrics},
    }
    await app_on(behind)(scope, receive, send)

    assert (sent, behind.done, behind.outcomes) == ([], [], [])
