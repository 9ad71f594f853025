"""The words of a parsed script: quoting undone, expansions kept apart.

Sees the nodes of `bash_tree.py`; expands nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from orchestrator_core.guard.escapes import ansi_c
from orchestrator_core.guard.syntax import (
    Assignment,
    Block,
    Literal,
    Parameter,
    Part,
    Stream,
    Substitution,
    Word,
)
from orchestrator_core.guard.templates import template

if TYPE_CHECKING:
    from orchestrator_core.guard.bash_source import Source
    from orchestrator_core.guard.bash_tree import Node


class WordReader:
    def __init__(
        self, source: Source, block: Callable[[Node], Block], parse: Callable[[str], Block]
    ) -> None:
        self._source = source
        self._block = block
        self._parse = parse

    def word(self, node: Node) -> Word:
        return tuple(self._parts(node, quoted=False))

    def plain(self, node: Node) -> Word:
        return (Literal(self._source.text(node), quoted=False),)

    def assignment(self, node: Node) -> Assignment:
        name = node.child_by_field_name("name")
        value = node.child_by_field_name("value")
        append = any(child.type == "+=" for child in node.children)
        called = self._source.text(name) if name else ""
        if value is None:
            return Assignment(called, (), append)
        if value.type == "array":
            items = tuple(self.word(one) for one in value.named_children)
            return Assignment(called, (), append, items)
        return Assignment(called, self.word(value), append)

    def substitutions(self, node: Node) -> tuple[Word, ...]:
        """Of a node that runs nothing itself: only what is substituted in it."""
        kinds = {"command_substitution", "process_substitution"}
        if node.type in kinds:
            return (self.word(node),)
        found: list[Word] = []
        for child in node.named_children:
            found.extend(self.substitutions(child))
        return tuple(found)

    def heredoc(self, node: Node) -> Word:
        marker = self._source.text(_child(node, "heredoc_start") or node)
        body = self._heredoc_body(node)
        if _child(node, "<<-"):
            body = re.sub(r"^\t+", "", body, flags=re.MULTILINE)
        if marker[:1] in {"'", '"', "\\"}:
            return (Literal(body, quoted=True),)
        return template(body, self._parse)

    def _heredoc_body(self, node: Node) -> str:
        body, end = _child(node, "heredoc_body"), _child(node, "heredoc_end")
        start = body.start_byte if body else node.end_byte
        first = self.heredoc_line_end(node) + 1
        if not self._source.between(first, start).strip() or _misread(node, first - 1):
            start = first
        return self._source.between(start, end.start_byte if end else node.end_byte)

    def heredoc_line_end(self, node: Node) -> int:
        """Where the line ends that the heredoc begins in. The grammar takes a body that begins
        with a backslash for more arguments; what stands behind this is body."""
        marker = _child(node, "heredoc_start")
        return self._source.line_end((marker or node).end_byte)

    def lost_before_heredoc(self, node: Node) -> list[Word]:
        """The grammar passes over a lone dash that stands before `<<`."""
        body = node.child_by_field_name("body")
        first = node.child_by_field_name("redirect")
        if body is None or first is None:
            return []
        between = self._source.between(body.end_byte, first.start_byte).strip()
        return [(Literal(between, quoted=False),)] if between == "-" else []

    def _parts(self, node: Node, *, quoted: bool) -> Iterator[Part]:
        kind = node.type
        if kind in {"word", "number", "variable_name", "extglob_pattern", "regex"}:
            yield from self._unquoted(node)
        elif kind == "raw_string":
            yield Literal(self._source.text(node)[1:-1], quoted=True)
        elif kind == "ansi_c_string":
            yield Literal(ansi_c(self._source.text(node)[2:-1]), quoted=True)
        elif kind in {"string", "translated_string"}:
            yield from self._string(node)
        elif kind == "concatenation":
            yield from self._joined(node)
        else:
            yield from self._expanded(node, quoted=quoted)

    def _unquoted(self, node: Node) -> Iterator[Part]:
        yield from unescaped(self._source.text(node))
        # `extglob_pattern` and the like may hold more.
        for child in node.named_children:
            yield from self._parts(child, quoted=False)

    def _joined(self, node: Node) -> Iterator[Part]:
        at = node.start_byte
        for child in node.children:
            if child.start_byte > at:
                yield from unescaped(self._source.between(at, child.start_byte))
            yield from self._parts(child, quoted=False)
            at = child.end_byte

    def _string(self, node: Node) -> Iterator[Part]:
        if node.type == "translated_string":
            node = node.named_children[-1]
        at = node.start_byte + 1
        end = node.end_byte - 1
        yield Literal("", quoted=True)
        for child in node.named_children:
            if child.start_byte > at:
                yield Literal(_in_quotes(self._source.between(at, child.start_byte)), quoted=True)
            if child.type == "string_content":
                yield Literal(_in_quotes(self._source.text(child)), quoted=True)
            else:
                yield from self._expanded(child, quoted=True)
            at = child.end_byte
        if end > at:
            yield Literal(_in_quotes(self._source.between(at, end)), quoted=True)

    def _expanded(self, node: Node, *, quoted: bool) -> Iterator[Part]:
        text = self._source.text(node)
        # Inside quotes the grammar counts blanks before an expansion to it.
        blanks = len(text) - len(text.lstrip())
        if quoted and blanks:
            yield Literal(text[:blanks], quoted=True)
        match node.type:
            case "simple_expansion":
                yield Parameter(name=text.strip()[1:], quoted=quoted)
            case "expansion":
                yield self._parameter(node, quoted=quoted)
            case "command_substitution":
                yield Substitution(self._block(node), quoted)
            case "process_substitution":
                yield Stream(self._block(node), reads=text.lstrip().startswith("<"))
            case _:
                yield from self._other(node, text)

    def _other(self, node: Node, text: str) -> Iterator[Part]:
        if node.type == "arithmetic_expansion":
            for inner in self.substitutions(node):
                yield from inner
            yield Literal("1", quoted=True)
        elif not node.named_children:
            yield from unescaped(text)
        else:
            yield from self._joined(node)

    def _parameter(self, node: Node, *, quoted: bool) -> Parameter:
        name = ""
        operators: list[str] = []
        arguments: list[Word] = [(), ()]
        mode = ""
        for child in node.children[1:-1]:
            if child.type in {"variable_name", "subscript", "special_variable_name"} and not name:
                name = self._source.text(child)
            elif not name:
                mode += self._source.text(child).strip()
            elif child.is_named:
                place = min(max(len(operators) - 1, 0), 1)
                arguments[place] = (*arguments[place], *self.word(child))
            else:
                operators.append(self._source.text(child).strip())
        return Parameter(
            name=name,
            quoted=quoted,
            operator="".join(operators[:1]),
            argument=arguments[0],
            second=arguments[1],
            mode=mode,
        )


def _child(node: Node, kind: str) -> Node | None:
    return next((child for child in node.children if child.type == kind), None)


def _misread(node: Node, line_end: int) -> bool:
    known = {"heredoc_body", "heredoc_end"}
    return any(one.start_byte >= line_end and one.type not in known for one in node.children)


def unescaped(text: str) -> Iterator[Part]:
    """Bare text, where a backslash quotes the next sign."""
    if "\\" not in text:
        yield Literal(text, quoted=False)
        return
    for piece in re.findall(r"\\\n|\\.|\\$|[^\\]+", text, flags=re.DOTALL):
        if piece == "\\\n":
            continue
        if piece.startswith("\\"):
            yield Literal(piece[1:], quoted=True)
        else:
            yield Literal(piece, quoted=False)


def _in_quotes(text: str) -> str:
    return re.sub(r"\\([$`\"\\\n])", lambda m: "" if m[1] == "\n" else m[1], text)
