"""What is logged of the errors that a real database raises."""

from __future__ import annotations

import logging
import traceback

import pytest

from bot.logs import EventFormatter
from storage.sql import fetch
from storage.store import open_store
from tests.fakes.wakeups import FakeWakeups
from tests.servers import Postgres

PROMPT = "tell nobody of this"


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        # Refused by the driver, and by the server.
        ("SELECT $1::int", "asyncpg.exceptions.DataError: 22000"),
        ("SELECT $1::text::int", "asyncpg.exceptions.InvalidTextRepresentationError: 22P02"),
    ],
)
async def test_what_a_statement_was_given_is_not_logged(
    postgres_server: Postgres, statement: str, kind: str
) -> None:
    async with postgres_server.new_database() as url, open_store(url, FakeWakeups()) as store:
        with pytest.raises(Exception, match=PROMPT) as caught:
            async with store.client_in_transaction() as client:
                await fetch(client, statement, PROMPT)
    error = (caught.type, caught.value, caught.tb)
    record = logging.makeLogRecord({"msg": "event failed", "exc_info": error})
    shown = EventFormatter().format(record)

    assert PROMPT in "".join(traceback.format_exception(caught.value))
    assert PROMPT not in shown
    assert kind in shown.splitlines()
