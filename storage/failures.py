"""Which of the databases' errors mean that nothing can be written at the moment."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from orchestrator_core.errors import StorageFullError

_SQLITE = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
}
#: disk_full, read_only_sql_transaction, io_error
#: https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRES = {"53100", "25006", "58030"}


@contextmanager
def full_storage_named() -> Iterator[None]:
    """Turn the errors of a full or read-only disk into StorageFullError; leave others alone."""
    try:
        yield
    except Exception as error:
        if _is_full(error):
            raise StorageFullError(type(error).__name__) from error
        raise


def _is_full(error: BaseException) -> bool:
    # Tortoise hides the driver's error in the arguments of its own.
    for cause in (error, *error.args):
        # The low byte is the error, the rest its particulars. https://sqlite.org/rescode.html
        if getattr(cause, "sqlite_errorcode", -1) & 0xFF in _SQLITE:
            return True
        if getattr(cause, "sqlstate", None) in _POSTGRES:
            return True
    return False
