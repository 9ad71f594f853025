"""The text that the grammar is given, and the way back from its nodes to what was written.

The grammar's scanner hands each character to C's `isdigit` and its like, which look it up in
a table: a character from beyond Latin-1 is read out of bounds, and `{` before one from the
higher planes ends the process (tree-sitter-bash #337). So the grammar never meets such a
character: it is given one character of Latin-1 for each byte. That is also how bash reads a
script: to it a wide space is a letter, to the grammar it would part words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orchestrator_core.guard.bash_tree import Node

#: Bytes that are a space as a character, and bytes UTF-8 never has, in their place.
_SPACES = {0x85: 0xC0, 0xA0: 0xC1}
_BACK = {instead: byte for byte, instead in _SPACES.items()}


class Source:
    def __init__(self, text: str) -> None:
        self._ascii = text.isascii()
        #: UTF-8, at whose bytes the nodes begin and end.
        self.data = (text if self._ascii else _as_bytes(text)).encode()

    def text(self, node: Node) -> str:
        return self.between(node.start_byte, node.end_byte)

    def between(self, start: int, end: int) -> str:
        found = self.data[start:end].decode("utf-8", "replace")
        return found if self._ascii else _as_written(found)

    def line_end(self, start: int) -> int:
        found = self.data.find(b"\n", start)
        return len(self.data) if found < 0 else found


def _as_bytes(text: str) -> str:
    """One character of Latin-1 for each byte of the text, none of them a space."""
    return text.encode("utf-8", "replace").decode("latin-1").translate(_SPACES)


def _as_written(found: str) -> str:
    return found.translate(_BACK).encode("latin-1", "replace").decode("utf-8", "replace")
