"""The API on a real database, and a client that holds every answer to the OpenAPI document."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.api.limits import Allowances, Rates
from bot.api.routes import api_routes, document, exception_handlers
from bot.api.state import ApiState
from bot.people_parts import Desks, desks
from orchestrator_core.agents import AgentBook
from orchestrator_core.budgets import Budgets
from orchestrator_core.desk import SessionDesk
from orchestrator_core.gate import Gate
from orchestrator_core.outbox import Outbox
from orchestrator_core.ports import AgentProfile, Bell, Records, Store, Topic
from orchestrator_core.quota import QuotaRules
from orchestrator_core.schedules import ScheduleDesk
from storage.store import open_store
from tests.fakes.clock import FakeClock
from tests.fakes.messenger import FakeMessenger
from tests.fakes.renderer import FakeRenderer
from tests.people import OWNER
from tests.servers import new_sqlite

TOKEN = "a-token-for-tests-only"
AUTHORIZATION = {"Authorization": f"Bearer {TOKEN}"}
BUDGET_USD = Decimal(5)
#: Nothing but tests of the limits should meet one.
GENEROUS = Rates(reads="10000/minute", writes="10000/minute", wrong_tokens="10000/minute")


@dataclass(slots=True)
class CountedBell:
    """A bell whose waits can be waited for, and that says the time is up when told to."""

    keys: frozenset[str]
    waiting: asyncio.Event
    rung: asyncio.Queue[bool] = field(default_factory=asyncio.Queue)

    async def wait(self, timeout: float) -> bool:
        self.waiting.set()
        return await self.rung.get()


class LocalWakeups:
    def __init__(self) -> None:
        self.bells: list[CountedBell] = []
        #: Set while a reader waits for its bell.
        self.waiting = asyncio.Event()
        self.all_left = asyncio.Event()

    @asynccontextmanager
    async def bell(self, topic: Topic, *keys: str) -> AsyncIterator[Bell]:
        assert topic is Topic.EVENTS
        bell = CountedBell(frozenset(keys), self.waiting)
        self.bells.append(bell)
        try:
            yield bell
        finally:
            self.bells.remove(bell)
            if not self.bells:
                self.all_left.set()

    def ring(self, topic: Topic, key: str | None = None) -> None:
        if topic is Topic.EVENTS:
            meant = [bell for bell in self.bells if key is None or key in bell.keys]
            self._tell(meant, rung=True)

    def let_time_pass(self) -> None:
        self._tell(self.bells, rung=False)

    async def ping(self) -> None:
        return

    def _tell(self, bells: list[CountedBell], *, rung: bool) -> None:
        if bells:
            self.waiting.clear()
        for bell in bells:
            bell.rung.put_nowait(rung)


@dataclass(slots=True)
class Api:
    app: Starlette
    state: ApiState
    client: httpx.AsyncClient
    wakeups: LocalWakeups

    @property
    def store(self) -> Store:
        return self.state["store"]

    def records(self) -> AbstractAsyncContextManager[Records]:
        return self.store.transaction()

    async def started(self, **body: object) -> dict[str, Any]:
        response = await self.client.post("/sessions", json=body)
        assert response.status_code == 201, response.text
        session: dict[str, Any] = response.json()
        return session


@asynccontextmanager
async def open_api(
    folder: Path,
    *,
    token: str | None = TOKEN,
    rates: Rates = GENEROUS,
    storage_uri: str = "memory://",
    database_url: str | None = None,
) -> AsyncIterator[Api]:
    """On a SQLite file in `folder`, unless another database is named."""
    wakeups = LocalWakeups()
    agents = AgentBook(
        profiles={"claude": AgentProfile(name="claude"), "docs": AgentProfile(name="docs")},
        default_workspace="/srv/work",
    )
    async with open_store(database_url or f"sqlite://{new_sqlite(folder)}", wakeups) as store:
        people, pairing = _desks(store)
        state: ApiState = {
            "store": store,
            "desk": SessionDesk(agents),
            "people": people,
            "pairing": pairing,
            "budget": Budgets(limit_usd=BUDGET_USD, zone=ZoneInfo("Asia/Tokyo")),
            "quota": QuotaRules(),
            "schedules": ScheduleDesk(ZoneInfo("Asia/Tokyo")),
            "wakeups": wakeups,
            "clock": FakeClock(),
            "stopping": asyncio.Event(),
        }
        app = _app(state, token=token, allowances=Allowances(rates, storage_uri=storage_uri))
        async with documented_client(with_state(app, state)) as client:
            yield Api(app=app, state=state, client=client, wakeups=wakeups)


def _desks(store: Store) -> Desks:
    gate = Gate(owners=frozenset({OWNER}), store=store, messenger=FakeMessenger())
    return desks(b"secret", gate, Outbox(renderer=FakeRenderer()))


def _app(state: ApiState, *, token: str | None, allowances: Allowances) -> Starlette:
    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[ApiState]:
        yield state

    secret = SecretStr(token) if token is not None else None
    return Starlette(
        routes=api_routes(admin_token=secret, allowances=allowances),
        exception_handlers=exception_handlers(),
        lifespan=lifespan,
    )


def with_state(app: ASGIApp, state: ApiState) -> ASGIApp:
    """What a server does after the lifespan began; httpx's transport has no lifespan."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "state": dict(state)}, receive, send)

    return served


def documented_client(app: ASGIApp) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app, raise_app_exceptions=False),
        base_url="http://denrei.test",
        headers=AUTHORIZATION,
        event_hooks={"response": [hold_to_document]},
    )


async def hold_to_document(response: httpx.Response) -> None:
    """Fail when the document does not announce this answer, or announces another shape."""
    await response.aread()
    described = _described(response)
    for name in described["headers"]:
        assert name in response.headers, f"{name} is announced and missing"
    media_type = response.headers["content-type"].partition(";")[0]
    shape = described["content"][media_type]["schema"]
    if media_type.endswith("json"):
        problems = list(Draft202012Validator({**document(), **shape}).iter_errors(response.json()))
        assert not problems, problems


def _described(response: httpx.Response) -> dict[str, Any]:
    method, path = response.request.method.lower(), response.request.url.path
    found: dict[str, Any] = _responses(method, path).get(str(response.status_code), {})
    assert found, f"{method} {path} does not announce {response.status_code}"
    name = found.get("$ref", "").rpartition("/")[2]
    resolved: dict[str, Any] = document()["components"]["responses"][name] if name else found
    return resolved


def _responses(method: str, path: str) -> dict[str, Any]:
    for template, operations in document()["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
            if method in operations:
                responses: dict[str, Any] = operations[method]["responses"]
                return responses
            return {"405": {"$ref": "#/components/responses/MethodNotAllowed"}}
    return {"404": {"$ref": "#/components/responses/NotFound"}}
