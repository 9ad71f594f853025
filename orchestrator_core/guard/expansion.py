"""From words to the fields a program would get, as the shell would expand them.

Runs nothing itself: what a substitution writes is asked of the one who runs scripts.
"""

from __future__ import annotations

import re
from typing import Protocol

from orchestrator_core.guard.braces import braced
from orchestrator_core.guard.marks import UNKNOWN, known
from orchestrator_core.guard.parameters import fields_of, value_of
from orchestrator_core.guard.state import State
from orchestrator_core.guard.syntax import Block, Literal, Parameter, Stream, Substitution, Word

#: Beyond this, nothing more is put together.
_LONGEST = 100_000


class Outputs(Protocol):
    def written_by(self, body: Block, state: State) -> str:
        """What the script writes, with marks for what is not known."""
        ...

    def stream(self, part: Stream, state: State) -> str:
        """The path under which a program finds the stream."""
        ...


class Expander:
    def __init__(self, outputs: Outputs) -> None:
        self._outputs = outputs

    def fields(self, words: tuple[Word, ...], state: State) -> list[str]:
        found: list[str] = []
        for word in words:
            if len(word) == 1 and isinstance(only := word[0], Literal):
                text = only.text
                if only.quoted or ("{" not in text and not text.startswith("~")):
                    found.append(text)
                    continue
            for one in braced(word):
                found.extend(self._split(one, state))
        return found

    def text(self, word: Word, state: State) -> str:
        """As in an assignment: one text, whatever blanks it holds."""
        pieces: list[str] = []
        for part in word:
            match part:
                case Literal():
                    first = not pieces and not part.quoted
                    pieces.append(tilde(part.text, state.home) if first else part.text)
                case Parameter():
                    several = fields_of(part, state)
                    value = " ".join(several) if several is not None else self._value(part, state)
                    pieces.append(value)
                case Substitution():
                    pieces.append(self._outputs.written_by(part.body, state).rstrip("\n"))
                case Stream():
                    pieces.append(self._outputs.stream(part, state))
        return _bounded("".join(pieces))

    def _split(self, word: Word, state: State) -> list[str]:
        done: list[str] = []
        current: str | None = None
        for place, part in enumerate(word):
            if isinstance(part, Literal):
                text = part.text
                if place == 0 and not part.quoted:
                    text = tilde(text, state.home)
                current = (current or "") + text
                continue
            pieces = self._pieces(part, state)
            if not pieces:
                continue
            if len(pieces) == 1:
                current = (current or "") + pieces[0]
                continue
            first = (current or "") + pieces[0]
            # An empty piece at an end is a blank there, which parts words and is none itself.
            done.extend(one for one in (first, *pieces[1:-1]) if one)
            current = pieces[-1] or None
        if current is not None:
            done.append(current)
        return [_bounded(one) for one in done]

    def _pieces(self, part: Parameter | Substitution | Stream, state: State) -> list[str]:
        """The fields that an expansion gives; none for an empty one."""
        if isinstance(part, Stream):
            return [self._outputs.stream(part, state)]
        if isinstance(part, Parameter):
            several = fields_of(part, state)
            if several is not None:
                return several
            value = self._value(part, state)
        else:
            value = self._outputs.written_by(part.body, state).rstrip("\n")
        if part.quoted:
            return [value]
        return _cut(value, state.value("IFS") or "")

    def _value(self, part: Parameter, state: State) -> str:
        return value_of(part, state, lambda word: self.text(word, state))


def tilde(text: str, home: str) -> str:
    if not text.startswith("~"):
        return text
    user, slash, rest = text[1:].partition("/")
    if user == "":
        return home + slash + rest
    if user in {"+", "-"}:
        return UNKNOWN + slash + rest
    return ("/root" if user == "root" else f"/home/{user}") + slash + rest


def _bounded(text: str) -> str:
    return text if len(text) <= _LONGEST else UNKNOWN


def _cut(value: str, separators: str) -> list[str]:
    if not known(separators):
        return [UNKNOWN]
    if not separators:
        return [value] if value else []
    if separators != " \t\n":
        return re.split(f"[{re.escape(separators)}]", value) if value else []
    pieces = value.split()
    if value[:1].isspace():
        pieces.insert(0, "")
    if value[-1:].isspace() and value.strip():
        pieces.append("")
    return [*pieces, ""] if pieces == [""] else pieces
