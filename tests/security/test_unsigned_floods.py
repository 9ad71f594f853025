"""Who floods the webhook is told to wait; what LINE has signed never is."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.applications import Starlette

from bot.api.limits import Allowance, Allowances, Rates
from bot.line.signature import HEADER, signature_of
from bot.line.unsigned import MOST_ADDRESSES, UnsignedCalls
from bot.line.webhook import WEBHOOK_PATH, line_routes
from tests.acceptance.test_webhook import SECRET, Behind

BODY = json.dumps({"destination": "Ubot", "events": []}).encode()
SIGNED = {HEADER: signature_of(BODY, SECRET)}
FORGED = {HEADER: signature_of(BODY, b"another secret")}


class CountingAllowances(Allowances):
    """Remembers how often it was asked."""

    def __init__(self, rate: str = "3/hour") -> None:
        super().__init__(Rates(unsigned=rate))
        self.asked = 0

    async def spend(self, allowance: Allowance, *, caller: str, cost: int = 1) -> dict[str, str]:
        self.asked += 1
        return await super().spend(allowance, caller=caller, cost=cost)


class Stopwatch:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@asynccontextmanager
async def webhook(behind: Behind, unsigned: UnsignedCalls) -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=line_routes(unsigned))
    state = {
        "channel_secret": SECRET,
        "inbox_writer": behind,
        "wakeups": behind,
        "clock": behind,
        "metrics": behind.metrics,
    }

    async def served(scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        await app({**scope, "state": state}, receive, send)

    transport = httpx.ASGITransport(app=served)
    async with httpx.AsyncClient(transport=transport, base_url="http://denrei.test") as client:
        yield client


async def statuses(client: httpx.AsyncClient, headers: dict[str, str], times: int) -> list[int]:
    found = [await client.post(WEBHOOK_PATH, content=BODY, headers=headers) for _ in range(times)]
    return [response.status_code for response in found]


@pytest.mark.parametrize("headers", [{}, FORGED, {HEADER: ""}, {HEADER: "\xff" * 40}])
async def test_unsigned_calls_are_answered_so_often_and_then_told_to_wait(
    headers: dict[str, str],
) -> None:
    behind = Behind()
    raw = {name.encode(): value.encode("latin-1") for name, value in headers.items()}
    async with webhook(behind, UnsignedCalls(CountingAllowances())) as client:
        found = [await client.post(WEBHOOK_PATH, content=BODY, headers=raw) for _ in range(5)]

    assert [one.status_code for one in found] == [401, 401, 401, 429, 429]
    assert 0 < int(found[-1].headers["retry-after"]) <= 3600
    assert behind.outcomes == [*["forged"] * 3, *["flood"] * 2]
    assert behind.stored == []


async def test_what_is_signed_is_taken_in_the_middle_of_a_flood_from_the_same_address() -> None:
    allowances = CountingAllowances()
    async with webhook(Behind(), UnsignedCalls(allowances)) as client:
        await statuses(client, FORGED, 20)
        asked = allowances.asked

        assert await statuses(client, SIGNED, 100) == [200] * 100
        assert allowances.asked == asked


async def test_while_an_address_must_wait_nobody_is_asked_and_one_line_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A flood must not become one of Redis and of the log."""
    caplog.set_level(logging.INFO, logger="bot")
    allowances = CountingAllowances()
    async with webhook(Behind(), UnsignedCalls(allowances)) as client:
        await statuses(client, FORGED, 50)

    assert allowances.asked == 4
    ours = [one.message for one in caplog.records if one.name.startswith("bot.")]
    assert ours == [
        *["webhook signature mismatch"] * 3,
        "webhook flooded",
    ]


async def test_after_the_wait_it_is_asked_again() -> None:
    stopwatch = Stopwatch()
    allowances = CountingAllowances("1/hour")
    unsigned = UnsignedCalls(allowances, stopwatch)
    scope = {"type": "http", "client": ("192.0.2.1", 1), "headers": []}
    await unsigned.seconds_to_wait(scope)
    wait = await unsigned.seconds_to_wait(scope)
    stopwatch.seconds += (wait or 0) + 1
    await unsigned.seconds_to_wait(scope)

    assert wait
    assert allowances.asked == 3


async def test_what_is_remembered_of_a_flood_from_many_addresses_has_an_end() -> None:
    unsigned = UnsignedCalls(CountingAllowances("1/hour"), Stopwatch())
    held = unsigned._refused  # noqa: SLF001 - its size is the promise

    def scope(number: int) -> dict[str, object]:
        return {"type": "http", "client": (f"2001:db8::{number:x}", 1), "headers": []}

    for number in range(MOST_ADDRESSES):
        held[f"address:2001:db8::{number:x}"] = 5000.0
    for _ in range(2):
        await unsigned.seconds_to_wait(scope(MOST_ADDRESSES))

    assert len(held) == MOST_ADDRESSES
    assert f"address:2001:db8::{MOST_ADDRESSES:x}" in held
