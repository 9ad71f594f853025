"""Brace expansion: `{a,b}` and `{1..3}` of bare text."""

from __future__ import annotations

import re
from itertools import islice

from orchestrator_core.guard.syntax import Literal, Part, Word

_MANY = 64
_DEEPEST = 4
_RANGE = re.compile(r"(-?\d+|[A-Za-z])\.\.(-?\d+|[A-Za-z])(?:\.\.-?\d+)?")
_Sign = str | Part


def braced(word: Word) -> list[Word]:
    """The words it stands for; itself where there is nothing to expand."""
    if not any(isinstance(p, Literal) and not p.quoted and "{" in p.text for p in word):
        return [word]
    signs: list[_Sign] = []
    for part in word:
        if isinstance(part, Literal) and not part.quoted:
            signs.extend(part.text)
        else:
            signs.append(part)
    return [_joined(one) for one in _expand(signs, 0)]


def _expand(signs: list[_Sign], depth: int) -> list[list[_Sign]]:
    found = _first_group(signs)
    if found is None or depth > _DEEPEST:
        return [signs]
    start, end, choices = found
    done: list[list[_Sign]] = []
    for choice in choices:
        done.extend(_expand([*signs[:start], *choice, *signs[end + 1 :]], depth + 1))
        if len(done) > _MANY:
            break
    return done


def _first_group(signs: list[_Sign]) -> tuple[int, int, list[list[_Sign]]] | None:
    for start, sign in enumerate(signs):
        if sign != "{" or (start and signs[start - 1] == "$"):
            continue
        end = _closing(signs, start)
        if end is None:
            continue
        choices = _choices(signs[start + 1 : end])
        if choices:
            return start, end, choices
    return None


def _closing(signs: list[_Sign], start: int) -> int | None:
    depth = 0
    for at in range(start, len(signs)):
        if signs[at] == "{":
            depth += 1
        elif signs[at] == "}":
            depth -= 1
            if depth == 0:
                return at
    return None


def _choices(inner: list[_Sign]) -> list[list[_Sign]]:
    text = "".join(one if isinstance(one, str) else " " for one in inner)
    span = _RANGE.fullmatch(text)
    if span:
        return [list(one) for one in _steps(span[1], span[2])]
    choices: list[list[_Sign]] = [[]]
    depth = 0
    for sign in inner:
        depth += (sign == "{") - (sign == "}")
        if sign == "," and depth == 0:
            choices.append([])
        else:
            choices[-1].append(sign)
    return choices if len(choices) > 1 else []


def _steps(first: str, last: str) -> list[str]:
    if first.lstrip("-").isdigit() != last.lstrip("-").isdigit():
        return []
    if first.lstrip("-").isdigit():
        low, high = int(first), int(last)
        step = 1 if low <= high else -1
        return [str(n) for n in islice(range(low, high + step, step), _MANY)]
    low, high = ord(first), ord(last)
    step = 1 if low <= high else -1
    return [chr(n) for n in range(low, high + step, step)]


def _joined(signs: list[_Sign]) -> Word:
    parts: list[Part] = []
    for sign in signs:
        if not isinstance(sign, str):
            parts.append(sign)
        elif parts and isinstance(parts[-1], Literal) and not parts[-1].quoted:
            parts[-1] = Literal(parts[-1].text + sign, quoted=False)
        else:
            parts.append(Literal(sign, quoted=False))
    return tuple(parts)
