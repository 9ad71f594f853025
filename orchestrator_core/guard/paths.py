"""Where a path leads: `..` and links resolved, wildcards and unknown parts cut off and told.

Looks at links on disk; opens nothing.
"""

from __future__ import annotations

import os.path
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from orchestrator_core.guard.marks import first_mark, known
from orchestrator_core.guard.tables.paths import DISKS, SINKS, SOCKETS, SYSTEM, TEMPORARY, WIDE

#: Where this program is installed.
_OURS = os.path.realpath(Path(__file__).parents[1])
_TEMPORARY = tuple(f"{one}/" for one in TEMPORARY)
_WILDCARD = re.compile(r"[*?\[]")


class Zone(StrEnum):
    #: Nobody can tell.
    UNKNOWN = "unknown"
    #: Nothing happens there.
    SINK = "sink"
    SOCKET = "socket"
    DISK = "disk"
    SYSTEM = "system"
    HOME = "home"
    #: The workspace itself or what holds it.
    WORKSPACE = "workspace"
    INSIDE = "inside"
    TEMPORARY = "temporary"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Place:
    """`path` is resolved and ends where the first wildcard or unknown part begins; `wide` says
    that what follows may be all there is below it."""

    path: str
    zone: Zone
    wide: bool = False
    exact: bool = True


NOWHERE = Place("", Zone.UNKNOWN)


class Places:
    def __init__(self, workspace: str, home: str, links: dict[str, str]) -> None:
        self.workspace = os.path.realpath(workspace)
        self.home = os.path.realpath(home)
        self._home = home
        self._links = links
        self._seen: dict[tuple[str, tuple[str, ...], bool], list[Place]] = {}

    def of(self, path: str, cwds: tuple[str, ...], *, follow: bool = True) -> list[Place]:
        """One place for each directory it may be relative to. Without `follow`, a link is itself,
        not where it leads."""
        key = (path, cwds, follow)
        if key not in self._seen:
            self._seen[key] = self._places(path, cwds, follow)
        return self._seen[key]

    def is_ours(self, path: str) -> bool:
        """Whether it is this program itself, which judges here."""
        return path.startswith(_OURS) and not path.startswith(self.workspace + "/")

    def absolute(self, path: str, cwds: tuple[str, ...]) -> str:
        """By its words alone."""
        base = cwds[0] if cwds else "/?"
        return os.path.normpath(os.path.join(base, self._expanded(path)))  # noqa: PTH118

    def _expanded(self, path: str) -> str:
        path = path.removeprefix("file://")
        if path == "~" or path.startswith("~/"):
            return self._home + path[1:]
        return path

    def _places(self, path: str, cwds: tuple[str, ...], follow: bool) -> list[Place]:
        path = self._expanded(path)
        if SOCKETS.match(path):
            return [Place(path, Zone.SOCKET)]
        fixed, wide, exact = _fixed(path)
        if (not fixed and not known(path)) or (not cwds and not fixed.startswith("/")):
            return [NOWHERE]
        paths = [os.path.join(cwd, fixed) for cwd in cwds or ("/",)]  # noqa: PTH118
        follow = follow or not exact or path.endswith(("/", "/.", "/..")) or path in {".", ".."}
        return [self._place(one, wide, exact, follow) for one in paths]

    def _place(self, path: str, wide: bool, exact: bool, follow: bool) -> Place:
        if "\0" in path:
            return NOWHERE
        if SINKS.fullmatch(path):
            return Place(path, Zone.SINK)
        folder, _, name = path.rpartition("/")
        real = self._real(path) if follow else os.path.join(self._real(folder or "/"), name)  # noqa: PTH118
        return Place(real, self._zone(real), wide, exact)

    def _real(self, path: str) -> str:
        if self._links:
            plain = os.path.normpath(path)
            for link, target in self._links.items():
                if plain == link or plain.startswith(link + "/"):
                    base = os.path.join(os.path.dirname(link), target)  # noqa: PTH118, PTH120
                    path = base + plain[len(link) :]
        try:
            return os.path.realpath(path)
        except (OSError, ValueError):
            return os.path.normpath(path)

    def _zone(self, real: str) -> Zone:
        tests = (
            (Zone.INSIDE, real.startswith(self.workspace + "/")),
            (Zone.WORKSPACE, real == self.workspace),
            (Zone.DISK, DISKS.fullmatch(real)),
            (Zone.SINK, SINKS.fullmatch(real)),
            (Zone.SYSTEM, real in SYSTEM),
            (Zone.HOME, f"{self.home}/".startswith(real.rstrip("/") + "/")),
            (Zone.WORKSPACE, self.workspace.startswith(real.rstrip("/") + "/")),
            (Zone.TEMPORARY, real.startswith(_TEMPORARY)),
        )
        return next((zone for zone, holds in tests if holds), Zone.OUTSIDE)


def _fixed(path: str) -> tuple[str, bool, bool]:
    """The beginning without wildcards and unknown parts; whether the rest may be everything
    below it; and whether there is no rest."""
    mark = first_mark(path)
    wildcard = _WILDCARD.search(path)
    at = min(mark, wildcard.start() if wildcard else mark)
    if at == len(path):
        return path, False, True
    folder, _, begun = path[:at].rpartition("/")
    fixed = folder or ("/" if path.startswith("/") else "")
    if mark <= at:
        return (path[:at] if begun else fixed), not begun, False
    rest = path[len(folder) + 1 :] if folder or path.startswith("/") else path
    parts = [one for one in rest.split("/") if one not in {"", "."}]
    if ".." in parts or all(WIDE.fullmatch(one) for one in parts):
        return fixed, True, False
    # Some of what is below, not all: one child stands for them.
    return f"{fixed.rstrip('/')}/{begun or '?'}" if fixed else begun or "?", False, False
