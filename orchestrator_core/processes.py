"""Telling processes apart: ids are used again, an id with its start time is not."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from pathlib import Path

from orchestrator_core.model import ProcessMark

_BOOT = Path("/proc/sys/kernel/random/boot_id")


def process_mark(pid: int) -> ProcessMark | None:
    """The process of this host that has the id now; None if there is none."""
    started = start_mark(pid)
    return None if started is None else ProcessMark(host=this_host(), pid=pid, started=started)


def is_running(mark: ProcessMark) -> bool:
    """Whether it runs on this host. Of another host nothing can be said, which is False too."""
    return mark.host == this_host() and start_mark(mark.pid) == mark.started


def this_host() -> str:
    """Other than any other machine's or container's name, or their processes are mixed up."""
    return socket.gethostname()


def start_mark(pid: int) -> str | None:
    """Something that only this process has among all that ever had its id; None if it is gone."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        pass  # It lives, as somebody else.
    stat = Path(f"/proc/{pid}/stat")
    if stat.exists():
        return _from_proc(stat)
    return _from_ps(pid)


def _from_proc(stat: Path) -> str | None:
    try:
        # The name, in parentheses, may hold anything; what follows is fixed. man 5 proc
        fields = stat.read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, started = fields[0], fields[19]
    # Ticks since the machine was started, and what starts with it does so in much the same order.
    return None if state == "Z" else f"{_boot()}:{started}"


def _boot() -> str:
    try:
        return _BOOT.read_text().strip()
    except OSError:
        return ""


def _from_ps(pid: int) -> str | None:
    ps = shutil.which("ps")
    if ps is None:
        return None
    asked = [ps, "-o", "lstart=", "-p", str(pid)]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603
    return answer.stdout.strip() or None
