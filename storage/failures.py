"""What some of the databases' errors mean: nothing can be written now, or a deadlock."""

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
#: deadlock_detected, lock_not_available. SQLite has one writer at a time, and no deadlocks.
_IN_THE_WAY = {"40P01", "55P03"}
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


def is_deadlock(error: BaseException) -> bool:
    """The database ended this transaction as another was in its way, or it in another's, for too
    long. Nothing is wrong with what it was to do."""
    return any(getattr(cause, "sqlstate", None) in _IN_THE_WAY for cause in _causes(error))


def _causes(error: BaseException) -> tuple[object, ...]:
    # Tortoise hides the driver's error in the arguments of its own.
    return (error, *error.args)


def _is_full(error: BaseException) -> bool:
    for cause in _causes(error):
        # The low byte is the error, the rest its particulars. https://sqlite.org/rescode.html
        if getattr(cause, "sqlite_errorcode", -1) & 0xFF in _SQLITE:
            return True
        if getattr(cause, "sqlstate", None) in _POSTGRES:
            return True
    return False
