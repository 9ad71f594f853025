"""One-liners of Perl, Ruby, Node, PHP, Lua and awk, read by their tokens.

A light reading: names that are called, and the texts they are called with.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from orchestrator_core.guard.actions import UNCLEAR, Action, Value, actions
from orchestrator_core.guard.escapes import ansi_c
from orchestrator_core.guard.marks import UNKNOWN
from orchestrator_core.guard.tables.languages import EVERYDAY, LANGUAGES, NODE_MODULES
from orchestrator_core.guard.tables.programs import SHELLS, program_name

_TOKEN = re.compile(
    r"""(?P<blank>\s+|//[^\n]*|/\*.*?\*/)
    |(?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<run>`(?:[^`\\]|\\.)*`|(?:%x|qx)\s*(?:\{[^}]*\}|\([^)]*\)|\[[^\]]*\]|/[^/]*/|![^!]*!|\|[^|]*\|))
    |(?P<text>(?:%[qQ]|qq?)\s*(?:\{[^}]*\}|\([^)]*\)|/[^/]*/))
    |(?P<list>(?:%[wW]|qw)\s*(?:\{[^}]*\}|\([^)]*\)|\[[^\]]*\]|/[^/]*/))
    |(?P<name>[$@]?[A-Za-z_][\w]*[!?]?)
    |(?P<sign>=>|==|::|->|>>|<<|\|\||.)""",
    re.VERBOSE | re.DOTALL,
)
_DEEPEST = 4
_HANDED_ON = {"run", "delete", "code", "move"}


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


def token_actions(language: str, code: str, depth: int = 0) -> list[Action]:
    if language == "osascript":
        shells = re.findall(r'do shell script\s+"((?:[^"\\]|\\.)*)"', code)
        return [["sh", "-c", ansi_c(one)] for one in shells]
    if depth > _DEEPEST:
        return [UNCLEAR]
    return _Reader(language, code, depth).read()


class _Reader:
    def __init__(self, language: str, code: str, depth: int) -> None:
        self._language = language
        self._calls = _calls(language, code)
        self._tokens = [
            _Token(_kind(found, language), found[0])
            for found in _TOKEN.finditer(code)
            if found.lastgroup != "blank"
        ]
        self._values: dict[str, str] = {}
        self._depth = depth
        self._loops = bool(re.search(r"\b(while|until|loop|for\s*\(;;\))", code))

    def read(self) -> list[Action]:
        found: list[Action] = []
        for at, token in enumerate(self._tokens):
            if token.kind == "text" and token.text[0] == "`" and self._at(at - 1).text == "$":
                # A shell's template, as of Bun and zx.
                found.append(["sh", "-c", self._inside(token)])
            elif token.kind == "run":
                found.append(["sh", "-c", self._inside(token)])
            elif token.kind == "name":
                self._remember(at)
                found.extend(self._called(token.text.lstrip("$@"), at + 1))
            elif token.kind == "quoted" and self._hands_on(token):
                found.append(UNCLEAR)
            elif token.text == "[":
                found.extend(self._by_index(at))
            elif token.text in {"|", ">", ">>"} and self._language == "awk":
                found.extend(self._awk(at))
        return found

    def _hands_on(self, token: _Token) -> bool:
        """PHP calls functions by their names in texts."""
        return self._language == "php" and self._calls.get(token.text[1:-1]) in _HANDED_ON

    def _awk(self, at: int) -> list[Action]:
        """`print | "cmd"`, `"cmd" | getline`, `print > "file"`"""
        around = [self._at(at + 1)]
        if self._tokens[at].text == "|":
            if self._at(at + 1).text == "getline":
                around = [self._at(at - 1)]
            codes = [self._inside(one) for one in around if one.kind == "quoted"]
            if any(one.split()[:1] and program_name(one.split()[0]) in SHELLS for one in codes):
                return [UNCLEAR]
            return [["sh", "-c", one] for one in codes]
        return [[">", self._inside(one)] for one in around if one.kind == "quoted"]

    def _remember(self, at: int) -> None:
        """`x = "text"`"""
        if self._at(at + 1).text == "=":
            value, _ = self._value(at + 2)
            if isinstance(value, str):
                self._values[self._tokens[at].text.lstrip("$@")] = value

    def _by_index(self, at: int) -> list[Action]:
        """`fs["un" + "link"](…)`"""
        value, end = self._value(at + 1)
        if self._at(end).text == "]" and self._at(end + 1).text == "(" and isinstance(value, str):
            return self._called(value, end + 1)
        return []

    def _called(self, name: str, at: int) -> list[Action]:
        if name == "fork" and self._language in {"perl", "ruby"} and self._loops:
            return [["?", "proc.fork_bomb"]]
        kind = self._calls.get(name)
        if kind == "unclear":
            return [UNCLEAR]
        values = self._arguments(at) if kind else None
        if values is None and kind == "run" and self._language == "perl":
            values = self._in_place_of(at)
        if kind == "delete-all" and values is None and self._at(at).text in {"", ";", "if"}:
            # Perl's `unlink` takes what the loop has read.
            values = [UNKNOWN]
        if kind is None or values is None:
            return []
        if kind in {"code", "open"}:
            return self._code(values) if kind == "code" else self._opened(values)
        return self._acted(kind, values, at)

    def _acted(self, kind: str, values: list[Value], at: int) -> list[Action]:
        if kind == "get" and self._posts(at):
            kind = "post"
        if kind in {"connect", "kill"} and len(values) > 1:
            values = values[-1:] if kind == "kill" else values[::-1]
        if kind == "change" and len(values) > 1:
            values = values[-1:] if self._language in {"perl", "ruby"} else values[:1]
        return actions(kind, values)

    def _posts(self, at: int) -> bool:
        near = [one.text for one in self._tokens[at : at + 40]]
        return "method" in near or "body" in near

    def _code(self, values: list[Value]) -> list[Action]:
        if not values:
            # `eval { … }` of Perl catches errors.
            return []
        if not isinstance(values[0], str) or UNKNOWN in values[0]:
            return [UNCLEAR]
        return token_actions(self._language, values[0], self._depth + 1)

    def _opened(self, values: list[Value]) -> list[Action]:
        texts = [one for one in values if isinstance(one, str)]
        if self._language == "perl":
            return _perl_opened(" ".join(texts[1:]))
        mode = texts[1] if len(texts) > 1 else "r"
        path = texts[0] if texts else UNKNOWN
        if self._language == "ruby" and path.startswith("|"):
            return [["sh", "-c", path[1:]]]
        return [[">" if re.search(r"[wax+]", mode) else "<", path]]

    def _in_place_of(self, at: int) -> list[Value] | None:
        """`exec {"rm"} "ls", "-rf", "x"`: what runs stands in braces, before what it is told that
        it is called."""
        at += self._at(at).text == "("
        if self._at(at).text != "{":
            return None
        program, end = self._value(at + 1)
        told = self._arguments(end + 1) or [UNKNOWN, UNKNOWN]
        rest = [one for value in told for one in (value if isinstance(value, list) else [value])]
        head = program if isinstance(program, str) and program else UNKNOWN
        return [head, *(rest[1:] or [UNKNOWN])]

    def _arguments(self, at: int) -> list[Value] | None:
        """The values a call is given; None where nothing is called."""
        token = self._at(at)
        parenthesis = token.text == "("
        if not parenthesis and (
            self._language in {"node", "php", "awk"}
            or token.kind not in {"quoted", "name", "text", "list"}
        ):
            return None
        at += parenthesis
        values: list[Value] = []
        while self._at(at).text not in {")", ";", "", "}"}:
            value, end = self._value(at)
            values.append(value)
            at = end + 1
            if self._at(end).text != ",":
                break
        return values

    def _value(self, at: int) -> tuple[Value, int]:
        """The text that begins here, put together, and where it ends."""
        if self._at(at).text == "[":
            return self._list(at)
        if self._at(at).kind == "list":
            return re.sub(r"^\S+?[\[({/]|.$", "", self._at(at).text).split(), at + 1
        pieces: list[str] = []
        while (piece := self._piece(at)) is not None:
            pieces.append(piece)
            at += 1
            if self._at(at).text not in {"+", "."}:
                break
            at += 1
        text = "".join(pieces)
        if self._at(at).text in {",", ")", ";", "]", "", "}"}:
            return text, at
        follows = self._at(at).text in {"if", "unless", "and", "or", "||", "&", "do", "=>"}
        return (text if follows and pieces else text + UNKNOWN), self._end(at)

    def _piece(self, at: int) -> str | None:
        """One text of those put together; None where none stands."""
        token = self._at(at)
        if token.kind in {"quoted", "text"}:
            return self._inside(token)
        if token.kind == "name" and self._at(at + 1).text not in {"(", ".", "->", "::", "["}:
            return self._values.get(token.text.lstrip("$@"), UNKNOWN)
        return None

    def _list(self, at: int) -> tuple[Value, int]:
        values: list[str] = []
        at += 1
        while self._at(at).text not in {"]", ""}:
            value, at = self._value(at)
            values.append(value if isinstance(value, str) else UNKNOWN)
            if self._at(at).text == ",":
                at += 1
            elif self._at(at).text != "]":
                return [*values, UNKNOWN], self._end(at)
        if self._at(at + 1).text in {".", "->"}:
            return UNKNOWN, self._end(at + 1)
        return values, at + 1

    def _end(self, at: int) -> int:
        """The next comma or end on this level."""
        depth = 0
        while at < len(self._tokens):
            text = self._tokens[at].text
            if depth == 0 and text in {",", ")", ";", "]", "}"}:
                return at
            depth += (text in {"(", "[", "{"}) - (text in {")", "]", "}"})
            at += 1
        return at

    def _at(self, at: int) -> _Token:
        return self._tokens[at] if 0 <= at < len(self._tokens) else _Token("", "")

    def _inside(self, token: _Token) -> str:
        text = token.text
        if token.kind in {"run", "text"} and text[0] != "`":
            text = re.sub(r"^(?:%[xqQ]|q[qx]?)\s*", "", text)
        body = text[1:-1]
        if text[0] == "'":
            return body.replace("\\'", "'").replace("\\\\", "\\")
        return re.sub(r"#\{[^}]*\}|\$\{[^}]*\}", UNKNOWN, ansi_c(body))


def _kind(found: re.Match[str], language: str) -> str:
    """Between backticks JavaScript has a text, the others a command."""
    kind = found.lastgroup or ""
    return "text" if kind == "run" and language == "node" else kind


def _perl_opened(mode_and_path: str) -> list[Action]:
    pipe = re.match(r"\s*(?:\|-?|-\|)\s*(.+)|(.+?)\|\s*$", mode_and_path, re.DOTALL)
    if pipe:
        return [["sh", "-c", pipe[1] or pipe[2]]]
    path = re.sub(r"^\s*[+<>]*(?::\S+)?\s*", "", mode_and_path).strip()
    return [[">" if ">" in mode_and_path else "<", path]]


def _calls(language: str, code: str) -> dict[str, str]:
    calls = LANGUAGES.get(language, {})
    everyday = EVERYDAY.get(language)
    if everyday and not re.search(everyday[1], code):
        return {name: kind for name, kind in calls.items() if name not in everyday[0].split()}
    if language != "node":
        return calls
    absent = {
        name
        for module, names in NODE_MODULES.items()
        if not re.search(rf"\b(?:{module})\b", code)
        for name in names.split()
    }
    return {name: kind for name, kind in calls.items() if name not in absent}
