"""Python's one-liners, read through its own grammar."""

from __future__ import annotations

import ast
import warnings

from orchestrator_core.guard.actions import UNCLEAR, Action, Value, actions
from orchestrator_core.guard.marks import UNKNOWN, known, names_a_secret
from orchestrator_core.guard.python_values import Values
from orchestrator_core.guard.tables.languages import (
    PYTHON,
    PYTHON_DESTROYING,
    PYTHON_ENVIRON,
    PYTHON_GETENV,
    PYTHON_METHODS,
    PYTHON_METHODS_ON,
)

_LONGEST = 50_000
_DEEPEST = 4
_MANY = 20


def python_actions(code: str, depth: int = 0) -> list[Action]:
    """What the code does, one action for each call of interest."""
    if depth > _DEEPEST or len(code) > _LONGEST:
        return [UNCLEAR]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(code.strip("\n"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return [["?", "code.unparsed"]]
    reader = _Reader(depth)
    try:
        reader.visit(tree)
    except RecursionError:
        return [["?", "code.unparsed"]]
    return reader.found


class _Reader(ast.NodeVisitor):
    def __init__(self, depth: int) -> None:
        self.found: list[Action] = []
        self._values = Values()
        self._depth = depth
        self._looping = 0

    def visit_Import(self, node: ast.Import) -> None:
        for one in node.names:
            name = one.asname or one.name.partition(".")[0]
            self._values.names[name] = one.name if one.asname else name

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for one in node.names:
            full = f"{node.module}.{one.name}"
            if one.name == "*":
                prefix = f"{node.module}."
                for name in PYTHON:
                    if name.startswith(prefix):
                        self._values.names[name.removeprefix(prefix)] = name
            else:
                self._values.names[one.asname or one.name] = full

    def visit_Assign(self, node: ast.Assign) -> None:
        self.generic_visit(node)
        dotted = self._values.dotted(node.value)
        value = self._values.value(node.value)
        for target in node.targets:
            if isinstance(target, ast.Name):
                if dotted and (dotted in PYTHON or isinstance(node.value, ast.Call)):
                    self._values.names[target.id] = dotted
                self._values.assigned[target.id] = value

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.generic_visit(node)
        dotted = self._values.dotted(node.value)
        if dotted in PYTHON:
            self._values.names[node.target.id] = dotted
        self._values.assigned[node.target.id] = self._values.value(node.value)

    def visit_For(self, node: ast.For) -> None:
        self._looped(node.target, node.iter)
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if self._values.dotted(node.value) == PYTHON_ENVIRON:
            self._variable(node.slice)
        self.generic_visit(node)

    def _variable(self, name: ast.expr) -> None:
        if names_a_secret(self._values.text(name)):
            self.found.append(["?", "secret.shown"])

    def visit_While(self, node: ast.While) -> None:
        self._looping += 1
        self.generic_visit(node)
        self._looping -= 1

    def visit_ListComp(self, node: ast.ListComp | ast.GeneratorExp | ast.SetComp) -> None:
        for one in node.generators:
            self._looped(one.target, one.iter)
        self.generic_visit(node)

    visit_GeneratorExp = visit_SetComp = visit_ListComp  # noqa: N815

    def visit_DictComp(self, node: ast.DictComp) -> None:
        for one in node.generators:
            self._looped(one.target, one.iter)
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """A dangerous function that is handed on, not called here."""
        kind = PYTHON.get(self._values.dotted(node))
        if kind in _HANDED_ON:
            self.found.append(UNCLEAR)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = self._values.dotted(node.func)
        self._name_called(name, node)
        for one in [*node.args, *node.keywords]:
            self.visit(one)
        if isinstance(node.func, ast.Attribute):
            self.visit(node.func.value)
        elif not isinstance(node.func, ast.Name):
            self.visit(node.func)

    def _looped(self, target: ast.expr, over: ast.expr) -> None:
        value = self._values.value(over)
        if isinstance(target, ast.Name):
            self._values.assigned[target.id] = value if isinstance(value, str) else value[:_MANY]

    def _name_called(self, name: str, node: ast.Call) -> None:
        if name == "os.fork" and self._looping:
            self.found.append(["?", "proc.fork_bomb"])
        if name in {PYTHON_GETENV, f"{PYTHON_ENVIRON}.get"} and node.args:
            self._variable(node.args[0])
        kind = PYTHON.get(name)
        if kind is not None:
            self._known(kind, node)
        elif name.endswith(f".{UNKNOWN}") or not known(name):
            self.found.append(UNCLEAR)
        elif isinstance(node.func, ast.Attribute):
            self._method(node.func, node)

    def _known(self, kind: str, node: ast.Call) -> None:
        values = [self._values.value(one) for one in node.args if not isinstance(one, ast.Starred)]
        values += [self._values.value(k.value) for k in node.keywords if k.arg in _FIRST]
        if kind == "code":
            self._code(values)
        elif kind == "open":
            self._opened(values, node)
        elif kind in {"replace", "spawn"}:
            rest = values[2 if kind == "spawn" else 1 :]
            argv = rest[0] if rest and isinstance(rest[0], list) else _texts(rest)
            self.found.append(argv or UNCLEAR)
        elif kind == "words":
            self.found.append(_texts(values) or UNCLEAR)
        else:
            if kind == "get" and (len(values) > 1 or any(k.arg == "data" for k in node.keywords)):
                kind = "post"
            self.found.extend(actions(kind, values[:1] if kind in {"run", "shell"} else values))

    def _code(self, values: list[Value]) -> None:
        text = values[0] if values else UNKNOWN
        if isinstance(text, str) and known(text) and text:
            self.found.extend(python_actions(text, self._depth + 1))
        else:
            self.found.append(UNCLEAR)

    def _opened(self, values: list[Value], node: ast.Call) -> None:
        path = values[0] if values and isinstance(values[0], str) else UNKNOWN
        modes = [self._values.text(k.value) for k in node.keywords if k.arg == "mode"]
        mode = (modes or [one for one in values[1:2] if isinstance(one, str)] or ["r"])[0]
        writes = any(sign in mode for sign in "wax+") or not known(mode)
        self.found.append([">" if writes else "<", path])

    def _method(self, func: ast.Attribute, node: ast.Call) -> None:
        args = [self._values.value(one) for one in node.args]
        kind = PYTHON_METHODS_ON.get(func.attr)
        if kind == "sql" or (kind == "connect" and args and isinstance(args[0], list)):
            self.found.extend(actions(kind, args))
        if func.attr in PYTHON_DESTROYING or (func.attr == "delete" and not args):
            self.found.append(UNCLEAR)
        kind = PYTHON_METHODS.get(func.attr)
        if kind is None:
            return
        value = self._values.value(func.value)
        if kind == "open":
            self._opened([value, *args], node)
        else:
            self.found.extend(actions(kind, [value]))


def _texts(values: list[Value]) -> list[str]:
    return [one for one in values if isinstance(one, str)]


_FIRST = {"args", "path", "url", "cmd", "src", "name", "file", "filename"}
_HANDED_ON = {"shell", "run", "delete", "wipe", "code", "replace", "spawn"}
