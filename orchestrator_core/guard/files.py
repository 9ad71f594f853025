"""Files as the script would leave them: what it wrote, and which links it made.

Keeps texts in memory; touches no disk.
"""

from __future__ import annotations

import os.path

from orchestrator_core.guard.marks import FILE, UNKNOWN, known
from orchestrator_core.guard.state import State


class Files:
    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        #: Where a link made by the script leads.
        self.links: dict[str, str] = {}

    def key(self, path: str, state: State) -> str:
        base = state.cwds[0] if state.cwds else "/?"
        return os.path.normpath(os.path.join(base, path))  # noqa: PTH118  lexical on purpose

    def write(self, key: str, text: str, *, appends: bool = False) -> None:
        before = self._texts.get(key, "") if appends else ""
        self._texts[key] = before + text

    def any_written(self) -> bool:
        return bool(self._texts)

    def written(self, path: str, state: State) -> str | None:
        """What the script itself wrote there; None if it did not."""
        return self._texts.get(self.key(path, state))

    def content(self, path: str, state: State) -> str:
        if not known(path):
            return UNKNOWN
        if path in {"/dev/null", "/dev/zero"}:
            return ""
        found = self.written(path, state)
        return FILE if found is None else found

    def copy(self, source: str, target: str, state: State) -> None:
        found = self.written(source, state)
        if found is not None:
            self.write(self.key(target, state), found)
            # The target may be a directory.
            self.write(self.key(f"{target}/{source.rpartition('/')[2]}", state), found)
