"""Log lines: an event, then its ids."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from bot.logs import EventFormatter, set_up_logs


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


def test_a_traceback_follows_the_line() -> None:
    error = RuntimeError("the cause")
    shown = line(exc_info=(RuntimeError, error, None), turn_id=7)

    assert shown.splitlines()[0].endswith("turn failed turn_id=7")
    assert shown.splitlines()[-1] == "RuntimeError: the cause"


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
