"""Alive and ready."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot.health import Check, HealthState, findings, health_routes


async def there() -> None:
    return


async def gone() -> None:
    raise ConnectionRefusedError("postgres://user:secret@db/denrei")


async def silent() -> None:
    await asyncio.Event().wait()


def get(path: str, checks: Mapping[str, Check]) -> tuple[int, dict[str, object]]:
    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[HealthState]:
        yield {"checks": checks}

    with TestClient(Starlette(routes=health_routes(), lifespan=lifespan)) as client:
        response = client.get(path)
    return response.status_code, response.json()


def test_a_living_process_says_so_whatever_else_is_gone() -> None:
    status, body = get("/healthz", {"database": Check(ask=gone)})

    assert (status, body) == (200, {"status": "ok"})


def test_ready_means_everything_answers() -> None:
    status, body = get("/readyz", {"database": Check(ask=there), "cli": Check(ask=there)})

    assert (status, body["status"]) == (200, "ok")
    assert body["checks"] == {
        "database": {"status": "ok", "detail": ""},
        "cli": {"status": "ok", "detail": ""},
    }


def test_without_something_required_it_is_not_ready_and_keeps_secrets() -> None:
    status, body = get("/readyz", {"database": Check(ask=gone), "cli": Check(ask=there)})

    assert (status, body["status"]) == (503, "down")
    assert body["checks"] == {
        "database": {"status": "down", "detail": "ConnectionRefusedError"},
        "cli": {"status": "ok", "detail": ""},
    }


def test_without_something_it_can_do_without_it_is_degraded_and_still_ready() -> None:
    checks = {"database": Check(ask=there), "redis": Check(ask=gone, required=False)}

    status, body = get("/readyz", checks)

    assert (status, body["status"]) == (200, "degraded")


async def test_a_check_that_never_answers_is_down() -> None:
    found = await findings({"database": Check(ask=silent)}, patience=0.01)

    assert found == {"database": {"status": "down", "detail": "no answer within 0.01 s"}}


async def test_checks_are_asked_all_at_once() -> None:
    both = asyncio.Barrier(2)

    found = await findings({name: Check(ask=both.wait) for name in ("database", "redis")})

    assert [finding["status"] for finding in found.values()] == ["ok", "ok"]


async def test_a_caller_that_goes_away_ends_the_checks() -> None:
    ended = asyncio.Event()
    begun = asyncio.Event()

    async def ask() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    asking = asyncio.create_task(findings({"database": Check(ask=ask)}))
    await begun.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking

    assert ended.is_set()
