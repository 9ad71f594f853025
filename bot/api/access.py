"""Who may use the API: whoever has the admin token.

Too many wrong tokens from an address and it is refused for a while, right tokens included:
otherwise the limit would slow down everyone but the one who guesses.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr
from starlette.requests import HTTPConnection

from bot.api import problem_kinds as kinds
from bot.api.limits import Allowance, Allowances
from bot.api.problems import ProblemError


@dataclass(frozen=True, slots=True)
class Access:
    #: None: the API is off.
    token: SecretStr | None
    allowances: Allowances

    async def check(self, connection: HTTPConnection[Any]) -> str:
        """Name the caller for counting, without saying the token. Raises ProblemError."""
        if self.token is None:
            raise ProblemError(kinds.API_OFF, "The API is off: set DENREI_ADMIN_TOKEN.")
        expected = _digest(self.token.get_secret_value().encode())
        given = _digest(_bearer(connection))
        right = hmac.compare_digest(given, expected)
        await self.allowances.spend(
            Allowance.WRONG_TOKENS, caller=address(connection), cost=0 if right else 1
        )
        if not right:
            raise ProblemError(
                kinds.NO_TOKEN,
                "The admin token is missing or wrong.",
                headers={"WWW-Authenticate": 'Bearer realm="denrei"'},
            )
        return f"token:{expected.hex()[:16]}"


def address(connection: HTTPConnection[Any]) -> str:
    """Where the connection came from, for counting."""
    return f"address:{connection.client.host if connection.client else 'local'}"


def _bearer(connection: HTTPConnection[Any]) -> bytes:
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    # ASGI servers hand header bytes over as Latin-1.
    return token.strip().encode("latin-1") if scheme.lower() == "bearer" else b""


def _digest(token: bytes) -> bytes:
    """Compared in place of the tokens, so that not even their length shows in the time."""
    return hashlib.sha256(token).digest()
