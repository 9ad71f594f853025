"""Ends every process of a Claude client: its warden, the CLI and whatever the tools have started.

The warden does that by itself; this is for when it is to happen now, and for when a warden was
killed. A tool runs in a process group of its own and outlives a killed CLI, so neither groups nor
parents lead to it. All of them inherit the client's environment, though: a variable in it marks
them. Where there is no /proc (macOS) nothing is found, and the warden must do.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from orchestrator_core import warden
from orchestrator_core.model import ProcessMark
from orchestrator_core.processes import is_running

MARK = "DENREI_CLIENT"

_PROC = Path("/proc")
#: What a warden gets to end its tree, without which what hides its mark would escape.
_WARDEN_SECONDS = 1.0
#: What nobody may signal, or hangs in the kernel, is not waited for.
_MOST_SECONDS = 2.0
_PAUSE_SECONDS = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    pid: int
    mark: str
    #: The process it works for, if it is a warden.
    gateway: str | None

    @property
    def is_on_duty(self) -> bool:
        return self.gateway is not None and _parent(self.pid) == self.gateway


def processes_of(mark: str) -> list[int]:
    """Ids of the living processes whose mark begins so."""
    return [found.pid for found in _found(mark)]


def end_processes_of(mark: str) -> int:
    """Kill until none is left; returns how many were ended. Takes some milliseconds."""
    ended: set[int] = set()
    began = time.monotonic()
    while (waited := time.monotonic() - began) < _MOST_SECONDS and (found := list(_found(mark))):
        for one in found:
            asked = one.gateway is not None and waited < _WARDEN_SECONDS
            with contextlib.suppress(OSError):
                os.kill(one.pid, warden.AT_ONCE if asked else signal.SIGKILL)
        ended.update(one.pid for one in found)
        time.sleep(_PAUSE_SECONDS)
    return len(ended)


def end_leftovers_of(mark: str) -> int:
    """End those that no living gateway answers for; returns how many."""
    found = list(_found(mark))
    minded = {one.mark for one in found if one.is_on_duty}
    return sum(end_processes_of(left) for left in {one.mark for one in found} - minded)


def end_tree(process: ProcessMark) -> bool:
    """End a warden with all that came of it, by force. False: it is not here, nothing was done."""
    variables = _environment(process.pid)
    # After that look: then they were its own, not those of a process that got its id meanwhile.
    if not ask_to_end(process):
        return False
    if mark := _value(MARK, variables):
        end_processes_of(mark)
    return True


def ask_to_end(process: ProcessMark) -> bool:
    """Have a warden end its tree. False: it does not run here, nothing was done."""
    if not is_running(process):
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, warden.AT_ONCE)
    return True


def _found(mark: str) -> Iterator[_Found]:
    for pid in _all_pids():
        variables = _environment(pid)
        own = _value(MARK, variables)
        if own is not None and own.startswith(mark):
            yield _Found(pid=pid, mark=own, gateway=_value(warden.GATEWAY, variables))


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


def _value(name: str, variables: list[bytes]) -> str | None:
    start = f"{name}=".encode()
    for variable in variables:
        if variable.startswith(start):
            return os.fsdecode(variable.removeprefix(start))
    return None


def _parent(pid: int) -> str | None:
    try:
        # The name, in parentheses, may hold anything; what follows is fixed. man 5 proc
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[1]
    except (OSError, IndexError):
        return None
