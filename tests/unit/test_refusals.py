"""What each of LINE's error answers means for the message that was to be sent."""

from __future__ import annotations

import json

import pytest

from bot.line.refusals import Refusal, error_for
from orchestrator_core.errors import (
    MessageRefusedError,
    MessengerBusyError,
    MessengerError,
    MessengerUnclearError,
    QuotaUsedUpError,
    ReplyTokenRefusedError,
)

REPLY = "/v2/bot/message/reply"
PUSH = "/v2/bot/message/push"
MONTHLY = "You have reached your monthly limit."
TOO_FAST = "The API rate limit has been exceeded. Try again later."


@pytest.mark.parametrize(
    ("status", "message", "resource", "expected"),
    [
        (400, "Invalid reply token", REPLY, ReplyTokenRefusedError),
        (400, "Invalid reply token", PUSH, MessageRefusedError),
        (400, "The request body has 1 error(s)", REPLY, MessageRefusedError),
        (401, "Authentication failed", PUSH, MessengerBusyError),
        (403, "Access to this API is not available", REPLY, MessengerBusyError),
        (404, "Not found", PUSH, MessageRefusedError),
        (408, "", REPLY, MessengerUnclearError),
        (409, "The retry key is already accepted", REPLY, MessageRefusedError),
        (413, "", PUSH, MessageRefusedError),
        (429, MONTHLY, PUSH, QuotaUsedUpError),
        (429, TOO_FAST, PUSH, MessengerBusyError),
        (429, "a sentence not seen before", PUSH, MessengerBusyError),
        (500, "", REPLY, MessengerUnclearError),
        (503, MONTHLY, PUSH, MessengerUnclearError),
        (302, "", PUSH, MessengerUnclearError),
        (0, "", PUSH, MessengerUnclearError),
    ],
)
def test_an_answer_becomes_the_error_that_says_what_to_do(
    status: int, message: str, resource: str, expected: type[MessengerError]
) -> None:
    body = json.dumps({"message": message})
    error = error_for(Refusal(status=status, body=body, resource=resource))

    assert type(error) is expected
    assert str(error) == f"LINE answered {status}."


@pytest.mark.parametrize("body", ["", "<html>", "[]", "null", '{"message":', "[" * 100_000, "{}"])
def test_an_answer_without_a_readable_message_still_has_a_meaning(body: str) -> None:
    error = error_for(Refusal(status=429, body=body, resource=PUSH))

    assert type(error) is MessengerBusyError


def test_only_a_refused_token_is_about_access() -> None:
    about = {
        status: Refusal(status=status, body="", resource=PUSH).is_about_access
        for status in (400, 401, 403, 429, 500)
    }

    assert [status for status, yes in about.items() if yes] == [401, 403]
