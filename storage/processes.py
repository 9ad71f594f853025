"""Telling processes apart: ids are used again, an id with its start time is not."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path


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
    return None if state == "Z" else started


def _from_ps(pid: int) -> str | None:
    ps = shutil.which("ps")
    if ps is None:
        return None
    asked = [ps, "-o", "lstart=", "-p", str(pid)]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603
    return answer.stdout.strip() or None
