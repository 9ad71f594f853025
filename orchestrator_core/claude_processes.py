"""Ends every process of one Claude client: the CLI and whatever its tools have started.

A tool runs in a process group of its own and outlives a killed CLI, so neither groups nor
parents lead to it. All of them inherit the client's environment, though: a variable in it marks
them. Where there is no /proc (macOS) nothing is found, and the SDK's own ending must do.
"""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

MARK = "DENREI_CLIENT"

_PROC = Path("/proc")
#: A process may start another between being seen and being ended.
_ROUNDS = 20


def processes_of(mark: str) -> list[int]:
    """Ids of the living processes whose mark begins so."""
    wanted = f"{MARK}={mark}".encode()
    return [
        pid
        for pid in _all_pids()
        if any(variable.startswith(wanted) for variable in _environment(pid))
    ]


def end_processes_of(mark: str) -> int:
    """Kill until none is left; returns how many were ended."""
    ended: set[int] = set()
    for _ in range(_ROUNDS):
        found = processes_of(mark)
        if not found:
            break
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        ended.update(found)
    return len(ended)


def _all_pids() -> list[int]:
    if not _PROC.is_dir():
        return []
    return [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdecimal()]


def _environment(pid: int) -> list[bytes]:
    """Empty for a process that has ended, or belongs to someone else."""
    try:
        return (_PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return []
