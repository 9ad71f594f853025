"""The table of operations, and the routes made of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import cache

from pydantic import SecretStr
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.api import (
    approvals,
    audit,
    choice,
    deliveries,
    events,
    grants,
    messages,
    money,
    pairings,
    people,
    quota,
    schedules,
    session,
    sessions,
    stop,
)
from bot.api import problem_kinds as kinds
from bot.api.access import Access
from bot.api.limits import Allowance, Allowances
from bot.api.openapi import openapi_document
from bot.api.operation import Answer, AnyOperation, Call, Nothing, Operation
from bot.api.problem_kinds import Kind
from bot.api.problems import ProblemError
from bot.api.resource import Resource
from orchestrator_core.model import JsonObject


async def describe(call: Call[Nothing, Nothing, Nothing]) -> Response:  # noqa: ARG001
    return JSONResponse(document())


DESCRIBE = Operation(
    method="GET",
    path="/openapi.json",
    id="describeApi",
    summary="This document",
    description="Needs no token.",
    allowance=Allowance.READS,
    body=Nothing,
    query=Nothing,
    headers=Nothing,
    answers={200: Answer(description="OpenAPI 3.1.")},
    carry_out=describe,
    needs_token=False,
)

OPERATIONS: tuple[AnyOperation, ...] = (
    sessions.START,
    sessions.PAGE,
    session.SHOW,
    messages.ASK,
    messages.PAGE,
    stop.STOP,
    choice.CHOOSE,
    approvals.LIST,
    approvals.DECIDE,
    grants.LIST,
    grants.END,
    events.FOLLOW,
    deliveries.PAGE,
    deliveries.RESEND,
    quota.SHOW,
    money.COSTS,
    money.BUDGETS,
    money.RAISE,
    people.LIST,
    people.CHANGE,
    pairings.LIST,
    pairings.ACCEPT,
    pairings.REFUSE,
    schedules.LIST,
    schedules.MAKE,
    schedules.DELETE,
    audit.PAGE,
    DESCRIBE,
)


@cache
def document() -> JsonObject:
    return openapi_document(OPERATIONS)


def api_routes(
    *,
    admin_token: SecretStr | None,
    allowances: Allowances,
    operations: Sequence[AnyOperation] = OPERATIONS,
) -> list[Route]:
    """One route per path. Their requests need the keys of ApiState in the app's state."""
    access = Access(admin_token, allowances)
    paths: dict[str, list[AnyOperation]] = {}
    for operation in operations:
        paths.setdefault(operation.path, []).append(operation)
    return [Route(path, Resource.of(found, access)) for path, found in paths.items()]


def exception_handlers() -> dict[int, Callable[..., Awaitable[Response]]]:
    """For the app: paths that no route knows are answered as the API answers."""
    return {kind.status: _handler(kind) for kind in (kinds.NOT_FOUND, kinds.BAD_METHOD)}


def _handler(kind: Kind) -> Callable[..., Awaitable[Response]]:
    async def answer(request: Request, error: HTTPException) -> Response:  # noqa: ARG001
        return ProblemError(kind, "There is nothing here.", headers=error.headers).response()

    return answer
