"""Every way the API says no, as RFC 9457 problem details.

Texts are for developers, in English. Nothing internal leaves: an unexpected error is logged with
its traceback and answered with a sentence that tells nothing about it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import JSONResponse

from bot.api import problem_kinds as kinds
from bot.api.problem_kinds import Kind
from bot.plain_words import plainly
from orchestrator_core.errors import (
    ConflictError,
    DenreiError,
    NotFoundError,
    PersonError,
    StorageFullError,
)

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"


class ProblemError(Exception):
    """Raised to end the request with this answer."""

    def __init__(
        self,
        kind: Kind,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[Mapping[str, str]] = (),
    ) -> None:
        self.kind = kind
        self.detail = detail
        self.headers = dict(headers or {})
        self.errors = list(errors)
        super().__init__(detail)

    def response(self) -> JSONResponse:
        body: dict[str, Any] = {
            "type": self.kind.type,
            "title": self.kind.title,
            "status": self.kind.status,
            "detail": self.detail,
        }
        if self.errors:
            body["errors"] = self.errors
        return JSONResponse(
            body, status_code=self.kind.status, headers=self.headers, media_type=MEDIA_TYPE
        )


def problem_of(error: Exception) -> ProblemError:
    """The answer to an error. One that is not ours is logged and tells nothing."""
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, DenreiError):
        known = _of_ours(error)
        if known is not None:
            return known
    logger.error("api request failed", exc_info=error)
    return ProblemError(kinds.INTERNAL, "Something went wrong here; the log says what.")


def _of_ours(error: DenreiError) -> ProblemError | None:
    match error:
        case NotFoundError():
            return ProblemError(kinds.NOT_FOUND, "There is no such thing.")
        case ConflictError():
            return ProblemError(kinds.CONFLICT, f"{error}")
        case PersonError():
            return ProblemError(kinds.INVALID, plainly(error))
        case StorageFullError():
            return ProblemError(
                kinds.STORAGE_FULL, "The database could not write; nothing was stored."
            )
    return None
