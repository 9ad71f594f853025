"""Addresses that LINE's apps open without a token: marked, so that none can be made up."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from bot.api.access import address
from bot.api.limits import Allowance, Allowances
from bot.api.problems import ProblemError

_Show = Callable[[Request], Awaitable[Response | None]]


def encoded(raw: bytes) -> str:
    """Base64 for an address, without its padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def mark(key: bytes, body: str) -> str:
    return encoded(hmac.digest(key, body.encode(), hashlib.sha256))


def is_marked(key: bytes, body: str, given: str) -> bool:
    return hmac.compare_digest(given, mark(key, body))


def within_limits(show: _Show, allowances: Allowances) -> Callable[[Request], Awaitable[Response]]:
    """As many reads as an address may make; 404 where `show` has nothing for it."""

    async def answer(request: Request) -> Response:
        try:
            await allowances.spend(Allowance.READS, caller=address(request))
        except ProblemError as error:
            return error.response()
        return await show(request) or Response(status_code=404)

    return answer
