"""Log lines: time, level, part, event name, then the ids given as `extra`."""

from __future__ import annotations

import logging
import sys

#: What every record has anyway; the rest was given by the caller.
_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class EventFormatter(logging.Formatter):
    def __init__(self) -> None:
        super().__init__(
            "%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S%z"
        )

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        line = super().formatMessage(record)
        facts = [f"{key}={value}" for key, value in vars(record).items() if key not in _USUAL]
        return " ".join([line, *facts])


def set_up_logs() -> None:
    """To standard error; libraries only from warnings up."""
    stream = logging.StreamHandler(sys.stderr)
    stream.setFormatter(EventFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[stream], force=True)
    for ours in ("bot", "commands", "orchestrator_core", "storage"):
        logging.getLogger(ours).setLevel(logging.INFO)
