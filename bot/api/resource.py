"""The HTTP door of a path: method, token, allowance, checks, then the operation.

A plain ASGI app, so that event streams pass through nothing that would buffer them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bot.api import problem_kinds as kinds
from bot.api.access import Access, address
from bot.api.checks import checked_body, checked_headers, checked_query
from bot.api.operation import AnyOperation, Call
from bot.api.problems import ProblemError, problem_of
from bot.api.state import ApiState


@dataclass(frozen=True, slots=True)
class Resource:
    #: By method.
    operations: Mapping[str, AnyOperation]
    access: Access

    @classmethod
    def of(cls, operations: Sequence[AnyOperation], access: Access) -> Resource:
        return cls({operation.method: operation for operation in operations}, access)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request[ApiState](scope, receive, send)
        # Raised where the body is read or the answer sent: nobody is left to be told.
        with suppress(ClientDisconnect):
            response = await self._answer(request)
            await response(scope, receive, send)

    async def _answer(self, request: Request[ApiState]) -> Response:
        left: dict[str, str] = {}
        try:
            operation = self._operation(request.method)
            left = await self._admit(operation, request)
            response = await operation.carry_out(await _call(operation, request))
        except ClientDisconnect:
            raise
        except Exception as error:  # noqa: BLE001  the HTTP door; problem_of logs the traceback
            response = problem_of(error).response()
        response.headers.update(left)
        return response

    def _operation(self, method: str) -> AnyOperation:
        if method not in self.operations:
            allowed = ", ".join(self.operations)
            raise ProblemError(
                kinds.BAD_METHOD, f"{method} is not possible here.", headers={"Allow": allowed}
            )
        return self.operations[method]

    async def _admit(self, operation: AnyOperation, request: Request[ApiState]) -> dict[str, str]:
        """The headers that tell what the caller has left. Raises ProblemError."""
        caller = address(request)
        if operation.needs_token:
            caller = await self.access.check(request)
        return await self.access.allowances.spend(operation.allowance, caller=caller)


async def _call(operation: AnyOperation, request: Request[ApiState]) -> Call[Any, Any, Any]:
    # The body last: nothing is read from a caller whose headers are wrong already.
    query = checked_query(request, operation.query)
    headers = checked_headers(request, operation.headers)
    return Call(request, await checked_body(request, operation.body), query, headers)
