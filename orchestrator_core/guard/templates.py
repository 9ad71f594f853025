"""Text that the shell expands as in double quotes: a heredoc's body.

The grammar leaves backticks in heredocs unread, so this is read here.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from orchestrator_core.guard.syntax import Block, Literal, Parameter, Part, Substitution, Word

_INTERESTING = re.compile(r"\\([$`\\\n])|\$\(|`|\$\{?([A-Za-z_]\w*|[0-9@*#?])")


def template(text: str, parse: Callable[[str], Block]) -> Word:
    if "$" not in text and "`" not in text and "\\" not in text:
        return (Literal(text, quoted=True),)
    parts: list[Part] = []
    at = 0
    while found := _INTERESTING.search(text, at):
        parts.append(Literal(text[at : found.start()], quoted=True))
        part, at = _one(text, found, parse)
        parts.append(part)
    parts.append(Literal(text[at:], quoted=True))
    return tuple(parts)


def _one(text: str, found: re.Match[str], parse: Callable[[str], Block]) -> tuple[Part, int]:
    mark = found[0]
    if mark.startswith("\\"):
        return Literal(found[1].replace("\n", ""), quoted=True), found.end()
    if mark == "`":
        end = text.find("`", found.end())
        end = len(text) if end < 0 else end
        inner = re.sub(r"\\([$`\\])", r"\1", text[found.end() : end])
        return Substitution(parse(inner), quoted=True), end + 1
    if mark == "$(":
        end = closing(text, found.end())
        return Substitution(parse(text[found.end() : end]), quoted=True), end + 1
    end = found.end()
    if mark.startswith("${"):
        close = text.find("}", end)
        end = len(text) if close < 0 else close + 1
        return _braced(text[found.start() : end], parse), end
    return Parameter(name=found[2], quoted=True), end


def _braced(text: str, parse: Callable[[str], Block]) -> Part:
    simple = re.fullmatch(r"\$\{(\w+)\}", text)
    if simple:
        return Parameter(name=simple[1], quoted=True)
    # The grammar reads it well outside of heredocs.
    return Substitution(parse(f'printf %s "{text}"'), quoted=True)


def closing(text: str, at: int) -> int:
    """Where the parenthesis opened before `at` closes, or the end."""
    depth, quote = 1, ""
    while at < len(text):
        sign = text[at]
        if sign == "\\":
            at += 1
        elif quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        elif sign in "()":
            depth += 1 if sign == "(" else -1
            if depth == 0:
                return at
        at += 1
    return len(text)
