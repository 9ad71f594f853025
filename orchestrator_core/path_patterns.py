"""The patterns that a whitelist's rules name files by: `src/**`, `*.md`, `//etc/hosts`, `~/notes`.

As in a .gitignore, with the workspace for its root: without a slash it counts at any depth, and
what names a directory names all below it. Knows nothing of tools; looks at no file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class PathPattern:
    #: Where it begins; None: the workspace.
    root: Path | None
    _pattern: re.Pattern[str]

    @classmethod
    def parse(cls, text: str) -> PathPattern:
        """Raises ValueError for one that climbs out of where it begins."""
        if any(part == ".." for part in text.split("/")):
            raise ValueError(f"{text!r} must not climb with '..'")
        if text.startswith("//"):
            return cls(Path("/"), _compiled(text[2:]))
        if text.startswith("~/"):
            return cls(Path.home(), _compiled(text[2:]))
        anchored = "/" in text.rstrip("/")
        inner = text.removeprefix("./").lstrip("/")
        return cls(None, _compiled(inner if anchored else f"**/{inner}"))

    def holds(self, path: Path, workspace: Path) -> bool:
        """Whether it names this file. `path` must have its symlinks resolved."""
        try:
            root = (self.root or workspace).resolve(strict=True)
            inside = path.relative_to(root)
        except (OSError, RuntimeError, ValueError):
            return False
        return self._pattern.fullmatch(inside.as_posix()) is not None


def _compiled(text: str) -> re.Pattern[str]:
    parts = [part for part in text.split("/") if part]
    made = ""
    for position, part in enumerate(parts):
        last = position == len(parts) - 1
        if part == "**":
            made += ".*" if last else "(?:.+/)?"
        else:
            made += _segment(part) + ("" if last else "/")
    return re.compile(f"{made}(?:/.*)?", re.DOTALL)


def _segment(part: str) -> str:
    kinds = {"*": "[^/]*", "?": "[^/]"}
    return "".join(kinds.get(character, re.escape(character)) for character in part)
