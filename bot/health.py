"""Is the process alive, and can it do its work? For load balancers, Cloud Run and people.

Knows the checks by name only; what they ask is handed in.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypedDict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

logger = logging.getLogger(__name__)

#: Seconds a check may take: whoever asks gives up soon after.
PATIENCE = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    #: Raises when the thing is not there.
    ask: Callable[[], Awaitable[object]]
    #: False: work goes on without it, only slower or unheard.
    required: bool = True


class HealthState(TypedDict):
    checks: Mapping[str, Check]


class Finding(TypedDict):
    status: str
    detail: str


def health_routes() -> list[Route]:
    return [Route("/healthz", _alive), Route("/readyz", _ready)]


async def findings(
    checks: Mapping[str, Check], *, patience: float = PATIENCE
) -> dict[str, Finding]:
    """Ask all at once, each for at most `patience` seconds."""
    asked = [_find(name, check, patience) for name, check in checks.items()]
    return dict(zip(checks, await asyncio.gather(*asked), strict=True))


async def _alive(request: Request) -> Response:  # noqa: ARG001
    return JSONResponse({"status": "ok"})


async def _ready(request: Request[HealthState]) -> Response:
    checks = request.state["checks"]
    found = await findings(checks)
    missing = [name for name, finding in found.items() if finding["status"] == "down"]
    down = any(checks[name].required for name in missing)
    status = "down" if down else "degraded" if missing else "ok"
    return JSONResponse(
        {"status": status, "checks": found},
        status_code=503 if down else 200,
        headers={"Cache-Control": "no-store"},
    )


async def _find(name: str, check: Check, patience: float) -> Finding:
    try:
        async with asyncio.timeout(patience):
            await check.ask()
    except TimeoutError:
        logger.warning("check timed out", extra={"check": name})
        return Finding(status="down", detail=f"no answer within {patience:g} s")
    except Exception as error:
        logger.warning("check failed", extra={"check": name}, exc_info=True)
        # The error's text may hold addresses or passwords, and anyone may ask.
        return Finding(status="down", detail=type(error).__name__)
    return Finding(status="ok", detail="")
