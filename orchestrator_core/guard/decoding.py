"""What programs write that print or decode: echo, printf, base64, xxd, tr, rev."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable

from orchestrator_core.guard.escapes import ansi_c
from orchestrator_core.guard.files import Files
from orchestrator_core.guard.marks import FILE, NETWORK, UNKNOWN, known
from orchestrator_core.guard.options import Given, given
from orchestrator_core.guard.state import State


class Call:
    def __init__(self, words: list[str], state: State, stdin: str | None, files: Files) -> None:
        self.args = words[1:]
        #: The option that names the file a download goes to.
        self.output = (
            "-[a-zA-Z]*O|--output-document" if words[0] == "wget" else "-[a-zA-Z]*o|--output"
        )
        self.state = state
        self.stdin = stdin
        self.files = files

    def given(self) -> Given:
        return given("", self.args)

    def input(self) -> str:
        """What it reads: the files it names, else its input."""
        names = [one for one in self.given().operands if one != "-"]
        if names:
            return "".join(self.files.content(one, self.state) for one in names)
        return self.stdin or ""


def printed(args: list[str]) -> str:
    """What `printf` writes."""
    rest = args[1:] if args[:1] == ["--"] else args
    if not rest:
        return ""
    shape, values = ansi_c(rest[0]), rest[1:]
    pieces = re.split(r"%(?:[-+ #0]*\d*(?:\.\d+)?)([a-zA-Z%])", shape)
    if len(pieces) == 1:
        return shape
    done: list[str] = []
    while True:
        for place, piece in enumerate(pieces):
            if place % 2 == 0:
                done.append(piece)
            elif piece == "%":
                done.append("%")
            else:
                value = values.pop(0) if values else ""
                done.append(ansi_c(value) if piece == "b" else value)
        if not values or len(done) > 1000:  # noqa: PLR2004  enough for any judgement
            return "".join(done)


def echo(call: Call) -> str:
    args = list(call.args)
    flags = ""
    while args and re.fullmatch(r"-[neE]+", args[0]):
        flags += args.pop(0)[1:]
    text = " ".join(args)
    return (ansi_c(text) if "e" in flags else text) + ("" if "n" in flags else "\n")


def cat(call: Call) -> str:
    return call.input()


def base_64(call: Call) -> str:
    flags = call.given()
    text = call.input()
    if not flags.has("-d|-D|--decode"):
        return base64.b64encode(text.encode()).decode() if known(text) else _kept(text)
    return _decoded(text, lambda data: base64.b64decode(data + b"==="))


def _kept(text: str) -> str:
    """What is made of something unknown still comes from there."""
    return next((mark for mark in (NETWORK, FILE) if mark in text), UNKNOWN)


def xxd(call: Call) -> str:
    if not call.given().has("-r"):
        return UNKNOWN
    names = call.input() if not call.stdin else call.stdin
    return _decoded(names, lambda data: binascii.unhexlify(re.sub(rb"\s", b"", data)))


def _decoded(text: str, decode: Callable[[bytes], bytes]) -> str:
    if not known(text):
        return NETWORK if NETWORK in text else UNKNOWN
    try:
        return decode(text.strip().encode("ascii", "replace")).decode("utf-8", "replace")
    except ValueError:
        return UNKNOWN


def rev(call: Call) -> str:
    text = call.input()
    return "\n".join(line[::-1] for line in text.split("\n")) if known(text) else UNKNOWN


def translated(call: Call) -> str:
    text, args = call.stdin or "", [one for one in call.args if not one.startswith("-")]
    if not known(text) or not args:
        return _kept(text)
    sets = [_set(ansi_c(one)) for one in args]
    if call.given().has("-d"):
        return "".join(sign for sign in text if sign not in sets[0])
    if len(sets) < 2 or not sets[1]:  # noqa: PLR2004  from one set to another
        return UNKNOWN
    target = sets[1] + sets[1][-1] * len(sets[0])
    return text.translate({ord(a): b for a, b in zip(sets[0], target, strict=False)})


def _set(text: str) -> str:
    return re.sub(
        r"(.)-(.)",
        lambda m: "".join(chr(n) for n in range(ord(m[1]), min(ord(m[2]) + 1, ord(m[1]) + 300))),
        text,
        flags=re.DOTALL,
    )
