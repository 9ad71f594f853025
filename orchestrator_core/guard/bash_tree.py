"""Shell text to `syntax.py`, by tree-sitter's grammar of bash: the one owner of tree_sitter.

Words are read in `bash_words.py`, which sees the nodes made here. Knows no rule.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import tree_sitter_bash
from tree_sitter import Language, Node, Parser

from orchestrator_core.guard.bash_source import Source
from orchestrator_core.guard.bash_words import WordReader
from orchestrator_core.guard.syntax import (
    AndOr,
    Assignment,
    Block,
    Broken,
    Choice,
    Command,
    Function,
    Loop,
    Pipeline,
    Redirect,
    Statement,
    Word,
)

__all__ = ["Node", "parse"]

_LANGUAGE = Language(tree_sitter_bash.language())
_WORD_GOES_ON = re.compile(r"(?<=[\w/.-])\\\n(?=[\w/.-])")
#: How deep statements may nest in one text; the interpreter's own stack is not endless.
_DEEPEST = 60


def parse(text: str) -> Block:
    """Never raises; what is not understood becomes Broken, beside all that is."""
    source, root = _tree(text)
    if root.has_error:
        source, root = _tree(_plainer(text))
    found = _Reader(source).block(root)
    if root.has_error:
        return Block((*found.items, Broken(text)))
    return found


def _tree(text: str) -> tuple[Source, Node]:
    source = Source(_WORD_GOES_ON.sub("", text))
    return source, Parser(_LANGUAGE).parse(source.data).root_node


def _plainer(text: str) -> str:
    """The same commands in spellings that the grammar knows."""
    text = re.sub(r"<>(?=\s*[/\w&$])", ">>", text)
    return re.sub(r"^(\s*)coproc\s+(?:[A-Z_]+\s+(?=\{))?", r"\1", text, flags=re.MULTILINE)


class _Reader:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._words = WordReader(self._source, self.block, parse)
        self._depth = 0
        self._kinds: dict[str, Callable[[Node], Statement]] = {
            "command": self._command,
            "declaration_command": self._declaration,
            "unset_command": self._declaration,
            "variable_assignment": self._assignment,
            "variable_assignments": self._assignment,
            "redirected_statement": self._redirected,
            "pipeline": self._pipeline,
            "list": self._list,
            "subshell": self._subshell,
            "for_statement": self._for,
            "if_statement": self._if,
            "case_statement": self._case,
            "function_definition": self._function,
            "test_command": self._test,
        }

    def block(self, node: Node) -> Block:
        """Every statement below the node, in order."""
        return Block(tuple(self._statements(node.named_children)))

    def _statements(self, nodes: list[Node]) -> Iterator[Statement]:
        for node in nodes:
            if node.type == "comment":
                continue
            if node.type == "file_redirect":
                # `$(< file)` has no command.
                yield Command(words=(), redirects=(self._redirect(node),))
                continue
            yield self._statement(node)

    def _statement(self, node: Node) -> Statement:
        self._depth += 1
        try:
            if self._depth > _DEEPEST:
                return Broken(self._source.text(node))
            kind = self._kinds.get(node.type)
            if kind is not None:
                return kind(node)
            if node.type in _WORDS:
                # An error left words without a command.
                return Command(words=(self._words.word(node),), source=self._source.text(node))
            return self.block(node)
        finally:
            self._depth -= 1

    def _command(self, node: Node) -> Statement:
        words: list[Word] = []
        assignments: list[Assignment] = []
        redirects: list[Redirect] = []
        for child in node.children:
            if child.type == "variable_assignment":
                assignments.append(self._words.assignment(child))
            elif child.type in {"file_redirect", "herestring_redirect"}:
                redirects.append(self._redirect(child))
            elif child.type == "command_name":
                words.append(self._words.word(child.children[0]))
            elif child.type not in {"$", "comment"}:
                words.append(self._words.word(child))
        return Command(
            words=tuple(words),
            assignments=tuple(assignments),
            redirects=tuple(redirects),
            source=self._source.text(node),
        )

    def _declaration(self, node: Node) -> Statement:
        words = [self._words.plain(child) for child in node.children[:1]]
        assignments = []
        for child in node.children[1:]:
            if child.type == "variable_assignment":
                assignments.append(self._words.assignment(child))
            else:
                words.append(self._words.word(child))
        return Command(
            words=tuple(words), assignments=tuple(assignments), source=self._source.text(node)
        )

    def _assignment(self, node: Node) -> Statement:
        nodes = [node] if node.type == "variable_assignment" else node.named_children
        return Command(
            words=(),
            assignments=tuple(self._words.assignment(one) for one in nodes),
            source=self._source.text(node),
        )

    def _test(self, node: Node) -> Statement:
        """`[ … ]`: only what it substitutes runs."""
        return Command(words=self._words.substitutions(node), source="[")

    def _redirected(self, node: Node) -> Statement:
        body = node.child_by_field_name("body")
        base: Statement = self._statement(body) if body else Command(words=())
        redirects: list[Redirect] = []
        follow: list[tuple[str, Node]] = []
        extra = self._words.lost_before_heredoc(node)
        for child in node.children_by_field_name("redirect"):
            redirects.append(self._redirect(child))
            if child.type == "heredoc_redirect":
                self._after_heredoc(child, redirects, extra, follow)
        done = _with_redirects(base, tuple(redirects), tuple(extra))
        for operator, right in follow:
            done = self._followed(done, operator, right)
        return done

    def _after_heredoc(
        self,
        node: Node,
        redirects: list[Redirect],
        extra: list[Word],
        follow: list[tuple[str, Node]],
    ) -> None:
        """The grammar hangs what stands behind `<<EOF` on the same line below the heredoc."""
        line_end = self._words.heredoc_line_end(node)
        for child in node.children:
            if child.start_byte >= line_end:
                break
            if child.type in {"file_redirect", "herestring_redirect"}:
                redirects.append(self._redirect(child))
            elif child.type == "pipeline":
                follow.append(("|", child))
        arguments = node.children_by_field_name("argument")
        extra.extend(self._words.word(one) for one in arguments if one.start_byte < line_end)
        right = node.child_by_field_name("right")
        if right is not None:
            operator = node.child_by_field_name("operator")
            follow.append((operator.type if operator else "&&", right))

    def _followed(self, left: Statement, operator: str, right: Node) -> Statement:
        if operator == "|":
            stages = self.block(right).items
            return Pipeline((left, *_flat(stages)))
        return AndOr(operator, left, self._statement(right))

    def _redirect(self, node: Node) -> Redirect:
        if node.type == "heredoc_redirect":
            return Redirect("<<", text=self._words.heredoc(node))
        if node.type == "herestring_redirect":
            return Redirect("<<<", text=self._words.word(node.named_children[-1]))
        operator, descriptor = "", ""
        target: Word = ()
        for child in node.children:
            if child.type == "file_descriptor":
                descriptor = self._source.text(child)
            elif not child.is_named:
                operator = operator or child.type
            else:
                target = (*target, *self._words.word(child))
        return Redirect(operator, target, descriptor=descriptor)

    def _pipeline(self, node: Node) -> Statement:
        return Pipeline(_flat(tuple(self._statements(node.named_children))))

    def _list(self, node: Node) -> Statement:
        left, *rest = (child for child in node.children if child.type != "comment")
        done = self._statement(left)
        for operator, right in zip(rest[::2], rest[1::2], strict=False):
            done = AndOr(operator.type, done, self._statement(right))
        return done

    def _subshell(self, node: Node) -> Statement:
        return Block(self.block(node).items, subshell=True)

    def _for(self, node: Node) -> Statement:
        variable = node.child_by_field_name("variable")
        body = node.child_by_field_name("body")
        return Loop(
            self._source.text(variable) if variable else "",
            tuple(self._words.word(one) for one in node.children_by_field_name("value")),
            self.block(body) if body else Block(()),
        )

    def _if(self, node: Node) -> Statement:
        conditions = node.children_by_field_name("condition")
        before = tuple(self._statements([one for one in conditions if one.is_named]))
        rest = [one for one in node.named_children if one not in conditions]
        clauses = [one for one in rest if one.type in {"elif_clause", "else_clause"}]
        then = tuple(self._statements([one for one in rest if one not in clauses]))
        return Choice(Block(before), (Block(then), *(self.block(one) for one in clauses)))

    def _case(self, node: Node) -> Statement:
        value = node.child_by_field_name("value")
        before = self._words.substitutions(value) if value else ()
        arms = []
        for item in node.named_children:
            if item.type == "case_item":
                values = item.children_by_field_name("value")
                before += tuple(one for v in values for one in self._words.substitutions(v))
                body = [one for one in item.named_children if one not in values]
                arms.append(Block(tuple(self._statements(body))))
        return Choice(Block((Command(words=before, source="["),)), tuple(arms))

    def _function(self, node: Node) -> Statement:
        name = node.child_by_field_name("name")
        body = node.child_by_field_name("body")
        return Function(
            self._source.text(name) if name else "",
            Block((self._statement(body),)) if body else Block(()),
        )


_WORDS = {"word", "string", "raw_string", "concatenation", "simple_expansion", "expansion"}
_WORDS |= {"command_substitution", "process_substitution", "ansi_c_string"}


def _flat(stages: tuple[Statement, ...]) -> tuple[Statement, ...]:
    flat: list[Statement] = []
    for stage in stages:
        flat.extend(stage.stages if isinstance(stage, Pipeline) else (stage,))
    return tuple(flat)


def _with_redirects(
    base: Statement, redirects: tuple[Redirect, ...], extra: tuple[Word, ...]
) -> Statement:
    if isinstance(base, Command):
        return Command(
            words=(*base.words, *extra),
            assignments=base.assignments,
            redirects=(*base.redirects, *redirects),
            source=base.source,
        )
    if isinstance(base, Pipeline | AndOr):
        # The grammar takes `a && b > c` whole; the shell gives it to `b` alone.
        return _on_last(base, redirects, extra)
    return Block((base,), redirects)


def _on_last(
    base: Pipeline | AndOr, redirects: tuple[Redirect, ...], extra: tuple[Word, ...]
) -> Statement:
    if isinstance(base, Pipeline):
        last = _with_redirects(base.stages[-1], redirects, extra)
        return Pipeline((*base.stages[:-1], last))
    return AndOr(base.operator, base.left, _with_redirects(base.right, redirects, extra))
