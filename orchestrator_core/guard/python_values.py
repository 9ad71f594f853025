"""What Python expressions are worth, so far as constants tell."""

from __future__ import annotations

import ast
import base64
import codecs
import re
from collections.abc import Callable

from orchestrator_core.guard.actions import Value
from orchestrator_core.guard.marks import UNKNOWN, known
from orchestrator_core.guard.tables.languages import PYTHON_ENVIRON, PYTHON_GETENV

_HOME = "~"
_DEEPEST = 40


class Values:
    """Names of modules, and of what was assigned."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.assigned: dict[str, Value] = {}
        self._depth = 0

    def dotted(self, node: ast.expr) -> str:  # noqa: C901, PLR0911, PLR0912  one case a spelling
        """`subprocess.run` for whatever spelling of it; empty where it is no name."""
        match node:
            case ast.Name(id=name):
                return self.names.get(name, name)
            case ast.Attribute(value=value, attr=attr):
                inner = self.dotted(value)
                return f"{inner}.{attr}" if inner else ""
            case ast.Call(func=ast.Name(id="getattr"), args=[of, name, *_]):
                inner, attribute = self.dotted(of), self.text(name)
                return f"{inner}.{attribute}" if inner else ""
            case ast.Call(func=func, args=[name, *_]):
                if self.dotted(func) in {"__import__", "importlib.import_module", "import_module"}:
                    return self.text(name)
            case ast.Subscript(value=ast.Attribute(value=of, attr="__dict__"), slice=name):
                return f"{self.dotted(of)}.{self.text(name)}"
            case ast.Subscript(value=ast.Call(func=func, args=args), slice=name):
                if self.dotted(func) == "vars" and args:
                    return f"{self.dotted(args[0])}.{self.text(name)}"
                if self.dotted(func) == "globals":
                    return self.names.get(self.text(name), self.text(name))
        return ""

    def text(self, node: ast.expr) -> str:
        found = self.value(node)
        return found if isinstance(found, str) else UNKNOWN

    def value(self, node: ast.expr) -> Value:
        self._depth += 1
        try:
            return UNKNOWN if self._depth > _DEEPEST else self._value(node)
        finally:
            self._depth -= 1

    def _value(self, node: ast.expr) -> Value:  # noqa: C901, PLR0911, PLR0912  one case a kind
        match node:
            case ast.Constant(value=str(text)):
                return text
            case ast.Constant(value=bytes(data)):
                return data.decode("utf-8", "replace")
            case ast.Constant(value=other):
                return str(other)
            case ast.Name(id=name):
                return self.assigned.get(name, UNKNOWN)
            case ast.List(elts=items) | ast.Tuple(elts=items):
                return [self.text(one) for one in items]
            case ast.JoinedStr(values=parts):
                return "".join(self.text(one) for one in parts)
            case ast.FormattedValue(value=inner):
                return self.text(inner)
            case ast.BinOp():
                return self._joined(node)
            case ast.Subscript():
                return self._sliced(node)
            case ast.Call():
                return self._called(node)
        return UNKNOWN

    def _joined(self, node: ast.BinOp) -> Value:
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(left, list) and isinstance(right, list):
            return left + right
        if isinstance(node.op, ast.Mod):
            return _formatted(left, right if isinstance(right, list) else [right])
        if not isinstance(left, str) or not isinstance(right, str):
            return UNKNOWN
        match node.op:
            case ast.Add():
                return left + right
            case ast.Div():
                return f"{left}/{right}" if not right.startswith("/") else right
        return UNKNOWN

    def _sliced(self, node: ast.Subscript) -> Value:
        whole = self.value(node.value)
        match node.slice:
            case ast.Slice(lower=None, upper=None, step=ast.UnaryOp(op=ast.USub())):
                return whole[::-1]
            case ast.Constant(value=int(place)) if -len(whole) <= place < len(whole):
                return whole[place]
            case ast.Constant(value="HOME"):
                return _HOME
        return UNKNOWN

    def _called(self, node: ast.Call) -> Value:
        name = self.dotted(node.func)
        args = [self.value(one) for one in node.args]
        texts = [one for one in args if isinstance(one, str)]
        if name in _FUNCTIONS:
            return _FUNCTIONS[name](texts) if len(texts) == len(args) else UNKNOWN
        if name in _PATTERNS:
            return _PATTERNS[name](texts)
        if isinstance(node.func, ast.Attribute):
            return self._method(self.value(node.func.value), node.func.attr, args)
        return UNKNOWN

    def _method(self, of: Value, name: str, args: list[Value]) -> Value:
        first = args[0] if args else ""
        if name == "join" and isinstance(of, str) and isinstance(first, list):
            return of.join(first)
        if not isinstance(of, str) or not isinstance(first, str):
            return UNKNOWN
        second = args[1] if len(args) > 1 and isinstance(args[1], str) else ""
        if name in {"glob", "rglob"}:
            return f"{of}/**/{first}" if name == "rglob" else f"{of}/{first}"
        if name == "iterdir":
            return f"{of}/*"
        if name == "format":
            return _formatted(of.replace("{}", "%s"), [a for a in args if isinstance(a, str)])
        return _METHODS[name](of, first, second) if name in _METHODS else UNKNOWN


def _formatted(shape: Value, values: list[str]) -> Value:
    if not isinstance(shape, str):
        return UNKNOWN
    for one in values:
        shape = shape.replace("%s", one, 1)
    return shape if "%" not in shape else UNKNOWN


def _path(texts: list[str]) -> str:
    done = ""
    for one in texts:
        done = one if one.startswith(("/", "~")) or not done else f"{done}/{one}"
    return done or "."


def _base64(texts: list[str]) -> str:
    try:
        return base64.b64decode(texts[0] + "===").decode("utf-8", "replace")
    except (ValueError, IndexError):
        return UNKNOWN


def _hex(texts: list[str]) -> str:
    try:
        return bytes.fromhex(texts[0]).decode("utf-8", "replace")
    except (ValueError, IndexError):
        return UNKNOWN


def _codec(texts: list[str]) -> str:
    if len(texts) > 1 and texts[1].replace("_", "") == "rot13":
        return codecs.decode(texts[0], "rot13")
    return _base64(texts) if texts[1:] == ["base64"] else UNKNOWN


def _chr(texts: list[str]) -> str:
    number = int(texts[0]) if texts and re.fullmatch(r"\d{1,6}", texts[0]) else 0
    return chr(number) if number else UNKNOWN


def _same(texts: list[str]) -> str:
    return texts[0] if texts else ""


_FUNCTIONS: dict[str, Callable[[list[str]], str]] = {
    "base64.b64decode": _base64,
    "base64.urlsafe_b64decode": _base64,
    "b64decode": _base64,
    "binascii.unhexlify": _hex,
    "binascii.a2b_base64": _base64,
    "bytes.fromhex": _hex,
    "codecs.decode": _codec,
    "chr": _chr,
    "str": _same,
    "bytes": _same,
    "os.path.expanduser": _same,
    "os.path.abspath": _same,
    "os.path.realpath": _same,
    "os.path.normpath": _same,
    "os.path.join": _path,
    "pathlib.Path": _path,
    "pathlib.PurePath": _path,
    "pathlib.PosixPath": _path,
    "Path": _path,
    "pathlib.Path.home": lambda _: _HOME,
    "pathlib.Path.cwd": lambda _: ".",
    "os.getcwd": lambda _: ".",
    PYTHON_GETENV: lambda texts: _HOME if texts[:1] == ["HOME"] else UNKNOWN,
    f"{PYTHON_ENVIRON}.get": lambda texts: _HOME if texts[:1] == ["HOME"] else UNKNOWN,
    "os.getpid": lambda _: "4242",
    "os.getppid": lambda _: "1",
    "tempfile.mkdtemp": lambda _: "/tmp/tmp.Ab12",  # noqa: S108
    "tempfile.mktemp": lambda _: "/tmp/tmp.Ab12",  # noqa: S108
}
_PATTERNS: dict[str, Callable[[list[str]], str]] = {
    "glob.glob": lambda texts: (texts or [UNKNOWN])[0],
    "glob.iglob": lambda texts: (texts or [UNKNOWN])[0],
    "os.listdir": lambda texts: (texts or ["."])[0] + "/*",
    "os.scandir": lambda texts: (texts or ["."])[0] + "/*",
}
_METHODS: dict[str, Callable[[str, str, str], Value]] = {
    "decode": lambda of, _a, _b: of,
    "encode": lambda of, _a, _b: of,
    "lower": lambda of, _a, _b: of.lower(),
    "upper": lambda of, _a, _b: of.upper(),
    "strip": lambda of, _a, _b: of.strip(),
    "replace": lambda of, a, b: of.replace(a, b) if known(of) else UNKNOWN,
    "split": lambda of, a, _b: of.split(a or None),
    "expanduser": lambda of, _a, _b: of,
    "resolve": lambda of, _a, _b: of,
    "absolute": lambda of, _a, _b: of,
    "as_posix": lambda of, _a, _b: of,
    "joinpath": lambda of, a, _b: _path([of, a]),
    "with_suffix": lambda of, a, _b: of + a,
    "with_name": lambda of, a, _b: f"{of}/../{a}",
}
