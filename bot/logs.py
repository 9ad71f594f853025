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
        given = {key: value for key, value in vars(record).items() if key not in _USUAL}
        # A value with a line break could pass for an event of its own.
        facts = [f"{key}={' '.join(str(value).splitlines())}" for key, value in given.items()]
        return " ".join([line, *facts])


def set_up_logs() -> None:
    """To standard error; libraries only from warnings up."""
    stream = logging.StreamHandler(sys.stderr)
    stream.setFormatter(EventFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[stream], force=True)
    for ours in ("bot", "commands", "orchestrator_core", "storage"):
        logging.getLogger(ours).setLevel(logging.INFO)
    # Its error lines may quote what people and Claude wrote; ours say what happened without.
    logging.getLogger("claude_agent_sdk").setLevel(logging.CRITICAL)
