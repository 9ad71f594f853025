"""One installation at a time per data folder."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orchestrator_core.errors import StartError

FILE = "denrei.lock"


class FolderInUseError(StartError):
    """Another process serves this data folder. `pid` is None when it has not said its own."""

    def __init__(self, folder: Path, pid: int | None) -> None:
        self.folder = folder
        self.pid = pid
        holder = "another process" if pid is None else f"process {pid}"
        super().__init__(
            f"DENREI_DATA_DIR {folder} is in use by {holder}; one data folder serves one Denrei"
        )


@contextmanager
def folder_lock(data_dir: Path) -> Iterator[None]:
    """Hold the folder. The system lets go of it when this process ends, however it ends.

    Raises FolderInUseError.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    lock = os.open(data_dir / FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FolderInUseError(data_dir, _pid_in(lock)) from None
        os.ftruncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        # The file stays: removed, it would let a third process lock a new one beside it.
        yield
    finally:
        os.close(lock)


def _pid_in(lock: int) -> int | None:
    written = os.pread(lock, 20, 0)
    return int(written) if written.isdigit() else None
