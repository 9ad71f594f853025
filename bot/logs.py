"""Log lines: time, level, part, event name, then the ids given as `extra`.

Of an error its kind and stack are shown, and its words only where they are our own: a database's
quote what was to be stored, and so what people and Claude wrote. No line holds a secret, or a
character that a terminal acts upon.
"""

from __future__ import annotations

import errno
import logging
import sys
import traceback
from collections.abc import Iterator
from types import TracebackType

from orchestrator_core.errors import DenreiError
from orchestrator_core.redaction import redact

#: What every record has anyway; the rest was given by the caller.
_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_ExcInfo = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)
#: What moves a terminal's cursor, colours or order of reading, written out. Line breaks are the
#: formatter's own by then.
_WRITTEN_OUT = {
    code: repr(chr(code))[1:-1]
    for code in (
        *range(9),
        *range(0x0B, 0x20),
        *range(0x7F, 0xA0),
        *(0x200E, 0x200F, 0x2028, 0x2029),
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
    )
}
_AFTER_CAUSE = "\nThe above exception was the direct cause of the following exception:\n\n"
_AFTER_OTHER = "\nDuring handling of the above exception, another exception occurred:\n\n"


class EventFormatter(logging.Formatter):
    def __init__(self) -> None:
        super().__init__(
            "%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S%z"
        )

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record)).translate(_WRITTEN_OUT)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        line = super().formatMessage(record)
        if record.exc_info:
            # asyncio goes on with the task that failed, its error's words included.
            line = line.partition("\n")[0]
        given = {key: value for key, value in vars(record).items() if key not in _USUAL}
        return " ".join([_in_one(line), *(f"{key}={_in_one(given[key])}" for key in given)])

    def formatException(self, ei: _ExcInfo) -> str:  # noqa: N802 - logging's name
        error = ei[1]
        return "" if error is None else "".join(_told(error)).rstrip("\n")


def set_up_logs() -> None:
    """To standard error; libraries only from warnings up."""
    stream = logging.StreamHandler(sys.stderr)
    stream.setFormatter(EventFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[stream], force=True)
    for ours in ("bot", "commands", "orchestrator_core", "storage"):
        logging.getLogger(ours).setLevel(logging.INFO)
    # Its error lines may quote what people and Claude wrote; ours say what happened without.
    logging.getLogger("claude_agent_sdk").setLevel(logging.CRITICAL)


def _told(error: BaseException) -> Iterator[str]:
    """As Python tells it, the first cause first, but for the words."""
    chain = _chain(error)
    for place, one in reversed(list(enumerate(chain))):
        if place + 1 < len(chain):
            yield _AFTER_CAUSE if one.__cause__ is not None else _AFTER_OTHER
        if one.__traceback__ is not None:
            yield "Traceback (most recent call last):\n"
            yield from traceback.format_tb(one.__traceback__)
        yield f"{_kind(one)}\n"
        if isinstance(one, BaseExceptionGroup):
            for held in one.exceptions:
                yield from _told(held)


def _chain(error: BaseException) -> list[BaseException]:
    """The error, what it came from, and so on."""
    chain: list[BaseException] = []
    before: BaseException | None = error
    # By identity: some compare their words.
    while before is not None and all(before is not one for one in chain):
        chain.append(before)
        context = None if before.__suppress_context__ else before.__context__
        before = before.__cause__ or context
    return chain


def _kind(error: BaseException) -> str:
    name = type(error).__qualname__
    if (module := type(error).__module__) != "builtins":
        name = f"{module}.{name}"
    words = _in_one(error) if isinstance(error, DenreiError) else _code(error)
    return f"{name}: {words}" if words else name


def _in_one(value: object) -> str:
    """In one line: after a break it could pass for an event of its own."""
    return " ".join(str(value).splitlines())


def _code(error: BaseException) -> str:
    """PostgreSQL's, SQLite's or the system's name for it."""
    if isinstance(error, OSError) and error.errno is not None:
        return errno.errorcode.get(error.errno, str(error.errno))
    return str(getattr(error, "sqlstate", None) or getattr(error, "sqlite_errorname", None) or "")
