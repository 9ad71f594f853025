"""What LINE's error answers mean.

https://developers.line.biz/en/reference/messaging-api/#error-responses
Performs no I/O.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus

from orchestrator_core.errors import (
    MessageRefusedError,
    MessengerBusyError,
    MessengerError,
    MessengerUnclearError,
    QuotaUsedUpError,
    ReplyTokenRefusedError,
)

_NO_ACCESS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_CLIENT_ERRORS = range(HTTPStatus.BAD_REQUEST, HTTPStatus.INTERNAL_SERVER_ERROR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    status: int
    #: As it came: it is not always JSON.
    body: str
    #: The path that was called.
    resource: str

    @property
    def message(self) -> str:
        try:
            return str(json.loads(self.body)["message"])
        except (ValueError, KeyError, TypeError, RecursionError):
            return ""

    @property
    def is_about_access(self) -> bool:
        """The channel access token is wrong or may not do this: an operator can mend it."""
        return self.status in _NO_ACCESS


def error_for(refusal: Refusal) -> MessengerError:
    """The error to raise; its text names the status and nothing that was sent."""
    said = f"LINE answered {refusal.status}."
    match refusal.status:
        case HTTPStatus.BAD_REQUEST if _about_token(refusal):
            return ReplyTokenRefusedError(said)
        # The two meanings of 429 differ in nothing but the sentence.
        case HTTPStatus.TOO_MANY_REQUESTS if "monthly limit" in refusal.message:
            return QuotaUsedUpError(said)
        # With a mended token the same message will do, so none may be given up for it.
        case HTTPStatus.TOO_MANY_REQUESTS | HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
            return MessengerBusyError(said)
        case status if status in _CLIENT_ERRORS and status != HTTPStatus.REQUEST_TIMEOUT:
            return MessageRefusedError(said)
    return MessengerUnclearError(said)


def _about_token(refusal: Refusal) -> bool:
    return refusal.resource.endswith("/reply") and "reply token" in refusal.message.lower()
