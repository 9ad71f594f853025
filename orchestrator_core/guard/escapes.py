"""Escapes of `$'…'`, `echo -e` and `printf`: the text they stand for."""

from __future__ import annotations

import re
import sys

_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_SIMPLE |= {"e": "\x1b", "E": "\x1b", "\\": "\\", "'": "'", '"': '"', "?": "?"}
_ESCAPE = re.compile(
    r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|(0?[0-7]{1,3})|c(.)|(.))",
    re.DOTALL,
)


def ansi_c(text: str) -> str:
    return _ESCAPE.sub(_meant, text) if "\\" in text else text


def _meant(found: re.Match[str]) -> str:
    hexadecimal, short, long, octal, control, sign = found.groups()
    code = hexadecimal or short or long
    if code is not None:
        number = int(code, 16)
        return chr(number) if number <= sys.maxunicode else "?"
    if octal is not None:
        return chr(int(octal, 8) % 256)
    if control is not None:
        return chr(ord(control) & 0x1F)
    return _SIMPLE.get(sign, "\\" + sign)
