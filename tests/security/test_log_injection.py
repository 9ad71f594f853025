"""What strangers send never begins a log line, ends one, or moves a terminal's cursor."""

from __future__ import annotations

import json
import logging

import pytest

from bot.api.limits import Allowances
from bot.line.signature import HEADER, signature_of
from bot.line.unsigned import UnsignedCalls
from bot.line.webhook import WEBHOOK_PATH
from bot.logs import EventFormatter
from tests.acceptance.test_webhook import SECRET, Behind
from tests.secrets import secrets_that_say_what_they_are
from tests.security.test_unsigned_floods import webhook

FORGED = "x\r\n2030-01-01T00:00:00+0000 CRITICAL bot: all is lost"
HOSTILE = [
    FORGED,
    "x\u2028y\u2029z\x85w",
    "\x1b[2J\x1b[31mred",
    "\x1b]0;title\x07",
    "\x08" * 40,
    "\u202eevil\u2066",
    "a=b turn_id=7",
    "%s %d %(name)s {0}",
]


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    formatter = EventFormatter()
    return [formatter.format(one) for one in caplog.records]


@pytest.mark.parametrize("hostile", HOSTILE)
async def test_an_event_s_id_stays_inside_its_line(
    hostile: str, caplog: pytest.LogCaptureFixture
) -> None:
    """LINE signs its calls; should its secret be known, the log still tells the truth."""
    caplog.set_level(logging.INFO, logger="bot")
    event = {"type": 5, "webhookEventId": hostile, "timestamp": 1}
    body = json.dumps({"destination": "U", "events": [event]}).encode()
    async with webhook(Behind(), UnsignedCalls(Allowances())) as client:
        headers = {HEADER: signature_of(body, SECRET)}
        await client.post(WEBHOOK_PATH, content=body, headers=headers)

    [line] = lines(caplog)
    assert len(line.splitlines()) == 1
    assert "bot.line.webhook: event unreadable event_id=" in line
    assert all(character.isprintable() for character in line)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_any_field_of_any_event_stays_inside_its_line(hostile: str) -> None:
    record = logging.makeLogRecord(
        {"name": "bot.x", "levelname": "INFO", "msg": "event", "fact": hostile, "n": [hostile]}
    )
    line = EventFormatter().format(record)

    assert len(line.splitlines()) == 1
    assert all(character.isprintable() for character in line)


async def test_a_forger_s_headers_and_body_are_not_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, logger="bot")
    token = secrets_that_say_what_they_are()["stripe"]
    async with webhook(Behind(), UnsignedCalls(Allowances())) as client:
        headers = {HEADER: token, "user-agent": token, "authorization": token}
        await client.post(WEBHOOK_PATH, content=token.encode(), headers=headers)

    ours = [one for one in caplog.records if one.name.startswith("bot")]
    formatted = [EventFormatter().format(one) for one in ours]
    assert [one.message for one in ours] == ["webhook signature mismatch"]
    assert not any(token in line for line in formatted)
