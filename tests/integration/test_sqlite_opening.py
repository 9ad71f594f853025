"""Several that open a new SQLite file at the same moment."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from storage import sqlite_client

OPENERS, FILES = 4, 100


def test_all_of_them_get_the_journal_they_ask_for(tmp_path: Path) -> None:
    """Of so many files one or the other is refused when nobody tries again."""
    together = threading.Barrier(OPENERS)

    def opened(file: Path) -> str:
        together.wait()
        raw = sqlite3.connect(file, isolation_level=None)
        sqlite_client._set(raw, "PRAGMA busy_timeout=30000")  # noqa: SLF001 - it is what opens
        sqlite_client._set(raw, "PRAGMA journal_mode=WAL")  # noqa: SLF001 - as above
        (mode,) = raw.execute("PRAGMA journal_mode").fetchone()
        raw.close()
        return str(mode)

    with ThreadPoolExecutor(OPENERS) as threads:
        for number in range(FILES):
            file = tmp_path / f"{number}.db"
            assert list(threads.map(opened, [file] * OPENERS)) == ["wal"] * OPENERS
