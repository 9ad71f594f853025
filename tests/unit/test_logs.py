"""Log lines: an event, then its ids."""

from __future__ import annotations

import asyncio
import gc
import logging
import sqlite3
from collections.abc import Iterator

import asyncpg
import pytest
import tortoise.exceptions

from bot.logs import EventFormatter, set_up_logs
from orchestrator_core.errors import AgentError
from orchestrator_core.secret_shapes import MARK
from tests.secrets import secrets_that_say_what_they_are


@pytest.fixture
def usual_logging() -> Iterator[None]:
    """Leave logging as it was found."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    ours = [
        logging.getLogger(name) for name in ("bot", "commands", "orchestrator_core", "storage")
    ]
    levels = [one.level for one in ours]
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for one, its_level in zip(ours, levels, strict=True):
        one.setLevel(its_level)


def line(message: str = "turn failed", **facts: object) -> str:
    record = logging.makeLogRecord(
        {
            "name": "bot.x",
            "levelname": "WARNING",
            "levelno": logging.WARNING,
            "msg": message,
            "created": 0.0,
            **facts,
        }
    )
    return EventFormatter().format(record)


def test_a_line_has_time_level_part_and_event() -> None:
    assert line().split(" ", 1)[1] == "WARNING bot.x: turn failed"


def test_the_ids_given_follow_the_event() -> None:
    assert line(turn_id=7, why="Busy").endswith("bot.x: turn failed turn_id=7 why=Busy")


def test_a_value_cannot_forge_a_line_of_its_own() -> None:
    shown = line(session_id="x\n2030-01-01 INFO bot: all is well")

    assert len(shown.splitlines()) == 1


def told(error: BaseException) -> str:
    return line(exc_info=(type(error), error, error.__traceback__), turn_id=7)


def caught(error: Exception, cause: Exception | None = None) -> Exception:
    """As it is when it has been raised."""
    try:
        raise error from cause
    except type(error) as raised:
        return raised


def test_a_traceback_follows_the_line() -> None:
    shown = told(caught(AgentError("Claude Code has ended"))).splitlines()

    assert shown[0].endswith("turn failed turn_id=7")
    assert shown[1] == "Traceback (most recent call last):"
    assert shown[-2].strip() == "raise error from cause"
    assert shown[-1] == "orchestrator_core.errors.AgentError: Claude Code has ended"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (asyncpg.DataError("invalid input: 'secret'"), "asyncpg.exceptions.DataError: 22000"),
        (sqlite3.OperationalError("near 'secret'"), "sqlite3.OperationalError"),
        (tortoise.exceptions.OperationalError("secret"), "tortoise.exceptions.OperationalError"),
        (ValueError("secret"), "ValueError"),
        (OSError(28, "No space left", "secret"), "OSError: ENOSPC"),
    ],
)
def test_what_an_error_quotes_is_not_shown(error: Exception, kind: str) -> None:
    """A database's error quotes what was to be stored: what people and Claude wrote."""
    shown = told(caught(error))

    assert "secret" not in shown
    assert shown.splitlines()[-1] == kind


def test_nor_what_its_causes_its_notes_and_those_it_holds_quote() -> None:
    first = caught(KeyError("secret"))
    held = caught(ExceptionGroup("secret", [caught(ValueError("secret"))]), first)
    held.add_note("secret")
    shown = told(held)

    assert "secret" not in shown
    kinds = ["KeyError", "ExceptionGroup", "ValueError"]
    assert [one for one in shown.splitlines() if one in kinds] == kinds
    assert "was the direct cause of" in shown


def test_errors_that_name_each_other_as_causes_are_shown_once() -> None:
    one, other = caught(KeyError(1)), caught(ValueError(2))
    one.__cause__, other.__cause__ = other, one

    assert told(one).splitlines().count("ValueError") == 1


async def test_nor_what_asyncio_adds_about_a_task_that_failed_unseen(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fail(words: str) -> None:
        raise ValueError(words)

    task = asyncio.create_task(fail("secret"))
    await asyncio.wait([task])
    del task
    gc.collect()
    [record] = [one for one in caplog.records if one.name == "asyncio"]
    record.exc_text = None
    shown = EventFormatter().format(record)

    assert "secret" not in shown
    assert "asyncio: Task exception was never retrieved" in shown.splitlines()[0]


@pytest.mark.usefixtures("usual_logging")
def test_our_own_events_are_shown_and_a_library_s_chatter_is_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up_logs()
    logging.getLogger("bot.serve").info("ready")
    logging.getLogger("storage.store").info("opened")
    logging.getLogger("aiohttp").info("chatter")
    logging.getLogger("aiohttp").warning("trouble")
    shown = capsys.readouterr()

    assert [one.rsplit(" ", 1)[1] for one in shown.err.splitlines()] == [
        "ready",
        "opened",
        "trouble",
    ]
    assert shown.out == ""


def shown_with(error: AgentError, message: str = "turn failed", **facts: object) -> str:
    """The line of an event that ended so."""

    def fail() -> None:
        raise error

    with pytest.raises(AgentError) as caught:
        fail()
    return line(message, exc_info=(caught.type, caught.value, caught.tb), **facts)


def test_no_line_break_of_an_error_s_own_words_begins_a_line() -> None:
    shown = shown_with(AgentError("gone\n2030-01-01 INFO bot: all is well"))

    assert shown.splitlines()[-1].endswith("AgentError: gone 2030-01-01 INFO bot: all is well")


def test_a_library_s_message_is_one_line_too() -> None:
    assert len(line("first\nsecond\r\nthird").splitlines()) == 1


@pytest.mark.parametrize("character", ["\x1b", "\x07", "\x08", "\0", "\x9b", "\u202e", "\u2066"])
def test_what_a_terminal_acts_upon_is_written_out(character: str) -> None:
    shown = line(f"a{character}b", name_given=f"c{character}[31md")

    assert character not in shown
    assert repr(character)[1:-1] in shown


def test_no_secret_is_in_a_line() -> None:
    token = secrets_that_say_what_they_are()["anthropic"]

    shown = shown_with(AgentError(f"refused {token}"), f"event {token}", fact=token)

    assert token not in shown
    assert shown.count(MARK) == 3
