"""Which tool calls only read inside the workspace.

Looks at paths on disk, because only a resolved path tells where a symlink leads. It knows no
SDK and asks nobody; whatever it does not understand is asked.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from orchestrator_core.model import Decision


class ReadingOnly:
    """Allows Read, Glob and Grep where everything they name lies inside the workspace."""

    def decide(
        self, tool: str, tool_input: Mapping[str, Any], *, workspace: Path, cwd: Path
    ) -> Decision:
        """`cwd` is where relative paths of the call begin. May raise, which is a no."""
        known = _KNOWN_INPUTS.get(tool)
        # An input this page has never heard of may widen what the tool reads.
        if known is None or not known.keys() >= tool_input.keys():
            return Decision.ASK
        root = workspace.resolve(strict=True)
        here = tool_input if "path" in tool_input or tool == "Read" else {**tool_input, "path": ""}
        inside = all(known[name](value, root, cwd) for name, value in here.items())
        return Decision.ALLOW if inside else Decision.ASK


_Check = Callable[[Any, Path, Path], bool]

_WILDCARD = re.compile(r"[*?\[\]{}!()]")
#: An alternative in braces may be a path of its own: `{a,/etc}`.
_CLIMBS = re.compile(r"\.\.|(^|[{,(|])\s*[/~\\]|[$\\]")
#: The CLI trims what it is given, by JavaScript's idea of white space, and then looks for
#: something else than was judged here. Python's idea holds all of it but U+FEFF.
#: https://tc39.es/ecma262/#sec-string.prototype.trim
_UNSTABLE = re.compile(r"^[\s\ufeff]|[\s\ufeff]\Z|[\x00-\x1f\x7f-\x9f]")


def _any(_value: Any, _root: Path, _cwd: Path) -> bool:
    return True


def _path_inside(value: Any, root: Path, cwd: Path) -> bool:
    if not isinstance(value, str) or _UNSTABLE.search(value):
        return False
    # The CLI looks for the composed spelling, other programs for the one that was given.
    spellings = {value, unicodedata.normalize("NFC", value)}
    try:
        # Joining keeps an absolute path as it is; a loop of symlinks raises.
        return all(
            (cwd / Path(one).expanduser()).resolve().is_relative_to(root) for one in spellings
        )
    except (OSError, RuntimeError):
        return False


def _pattern_inside(value: Any, root: Path, cwd: Path) -> bool:
    """A pattern that stays below where it starts, symlinks in its fixed beginning included."""
    if not isinstance(value, str) or _CLIMBS.search(value) or _UNSTABLE.search(value):
        return False
    fixed: list[str] = []
    for part in value.split("/"):
        if _WILDCARD.search(part):
            break
        fixed.append(part)
    return _path_inside("/".join(fixed), root, cwd)


_KNOWN_INPUTS: dict[str, dict[str, _Check]] = {
    "Read": {"file_path": _path_inside, "offset": _any, "limit": _any, "pages": _any},
    "Glob": {"pattern": _pattern_inside, "path": _path_inside},
    "Grep": {
        "pattern": _any,
        "path": _path_inside,
        "glob": _pattern_inside,
        **dict.fromkeys(
            ("type", "output_mode", "head_limit", "offset", "multiline", "context"), _any
        ),
        **dict.fromkeys(("-A", "-B", "-C", "-n", "-i", "-o"), _any),
    },
}
