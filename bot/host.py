"""What this machine can do to wall Claude in: Claude Code's sandbox, and users of their own."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.config_lines import Place

_TRY_SECONDS = 5
#: https://code.claude.com/docs/en/sandboxing
_NEEDED = {"bwrap": "bubblewrap", "socat": "socat"}
#: As the sandbox begins; it fails where a container forbids namespaces.
_TRIAL = ("bwrap", "--ro-bind", "/", "/", "--unshare-pid", "--unshare-net", "--", "true")


def _runs(command: Sequence[str]) -> bool:
    try:
        done = subprocess.run(  # noqa: S603 - fixed words
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TRY_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    platform: str = sys.platform
    find: Callable[[str], str | None] = shutil.which
    runs: Callable[[Sequence[str]], bool] = _runs
    user_id: int = os.geteuid()

    def sandbox_problem(self) -> str | None:
        """Why Claude Code's sandbox cannot be used here; None when it can."""
        if self.platform == "darwin":
            return None
        if self.platform != "linux":
            return f"there is none on {self.platform}"
        missing = [package for name, package in _NEEDED.items() if self.find(name) is None]
        if missing:
            return f"install {' and '.join(missing)}"
        if not self.runs(_TRIAL):
            return "bubblewrap may not make namespaces here (in a container, perhaps)"
        return None

    def user_problem(self, name: str) -> str | None:
        """Why Claude cannot run as this user; None when it can."""
        if self.user_id != 0:
            return "only a Denrei that runs as root can start Claude as another user"
        try:
            return None if pwd.getpwnam(name).pw_uid else f"{name} is root itself"
        except KeyError:
            return f"this machine has no user {name!r}"

    @property
    def user(self) -> str:
        try:
            return pwd.getpwuid(self.user_id).pw_name
        except KeyError:
            return str(self.user_id)


class Walled(Protocol):
    """What is asked of the machine for an agent."""

    @property
    def sandbox(self) -> bool: ...
    @property
    def run_as(self) -> str | None: ...


def missing_walls(agents: Mapping[str, Walled], host: Host) -> Iterator[tuple[Place, str]]:
    """A place and a sentence for every agent that cannot be walled in as it should be."""
    for name, agent in agents.items():
        if agent.sandbox and (problem := host.sandbox_problem()):
            yield ("agents", name, "sandbox"), problem
        if agent.run_as and (problem := host.user_problem(agent.run_as)):
            yield ("agents", name, "run_as"), problem
