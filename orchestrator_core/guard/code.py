"""Code of other languages among a program's arguments or in its input."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

from orchestrator_core.guard.actions import UNCLEAR, Action
from orchestrator_core.guard.marks import FILE, NETWORK, UNKNOWN, known
from orchestrator_core.guard.options import given
from orchestrator_core.guard.python_code import python_actions
from orchestrator_core.guard.sql import destroys_stored
from orchestrator_core.guard.tables.languages import INTERPRETERS
from orchestrator_core.guard.token_code import token_actions

#: In languages that nobody here reads: words that start programs, delete or send.
_STARTS = re.compile(
    r"(?i)exec|system|spawn|shell|process|popen|run\s*\(|`|\brm\b\s*[(\"]|rm_rf|unlink|os:cmd|cmd"
    r"|rmdir|remove[-_]?(?:dir|file|item|all|path)|(?:file|files|dir|path|fs|os)\w*[.:]+\w*(?:rm|del"
    r"|remove)|\.delete(?:\(\)|dir|rec|onexit)|delete-(?:file|dir|tree)|\.!\s*$"
    r"|socket|http|writefile|eval"
)
#: Connections that no call by name tells.
_CONNECTS = re.compile(r"/inet/(?:tcp|udp)/|TCPSocket\.|socket\.tcp\(|IO::Socket::INET")
#: What the script wrote into a file; None if it did not.
Written = Callable[[str], str | None]


def _timed(args: list[str], _stdin: str | None) -> list[str]:
    """`python -m timeit -s setup statement …`, one piece after the other."""
    return ["\n".join(one for one in args if not re.fullmatch(r"-\w|\d+|--\w+(=\d+)?", one))]


def _debugged(args: list[str], _stdin: str | None) -> list[str]:
    """`python -m pdb -c '!code'`"""
    told = [value for option, value in pairwise(args) if option in {"-c", "--command"}]
    return [one.lstrip("!p ") for one in told if re.search(r"[!(]", one)]


def _fed(_args: list[str], stdin: str | None) -> list[str]:
    return [stdin] if stdin and known(stdin) else []


#: Modules of Python that run code they are given.
_MODULES: dict[str, Callable[[list[str], str | None], list[str]]] = {
    "timeit": _timed,
    "pdb": _debugged,
    "code": lambda args, stdin: [] if args else _fed(args, stdin),
    "asyncio": _fed,
}


def code_in(words: list[str], stdin: str | None, written: Written) -> list[Action]:
    name, args = words[0], words[1:]
    module = _MODULES.get(name)
    if module is not None:
        return [action for code in module(args, stdin) for action in python_actions(code)]
    if name in {"awk", "sed"}:
        return _awk(args) if name == "awk" else _sed(args)
    interpreter = INTERPRETERS.get(name)
    return _interpreted(interpreter, args, stdin, written) if interpreter else []


def _interpreted(
    interpreter: tuple[str, str, bool], args: list[str], stdin: str | None, written: Written
) -> list[Action]:
    language, options, takes_input = interpreter
    if language == "python":
        args = _without_values(args)
    codes, rest = _after_options(args, options.split("|"))
    if codes:
        return [action for one in codes for action in _of(language, one)]
    if language == "python" and any(re.fullmatch(r"-\w*m", one) for one in args):
        return []
    if any(one.endswith("manage.py") for one in rest[:1]):
        # `manage.py shell -c code`
        codes, _ = _after_options(args[args.index(rest[0]) + 2 :], ["-c", "--command"])
        return [action for one in codes for action in _of(language, one)]
    file = next((one for one in rest if one != "-" or takes_input), None)
    if file is not None and file not in {"-", "/dev/stdin"}:
        text = written(file)
        return _of(language, text) if text is not None else []
    return _of(language, stdin) if takes_input and stdin is not None else []


def _of(language: str, code: str) -> list[Action]:
    if NETWORK in code:
        return [["?", "net.run_download"]]
    if code == FILE:
        return []
    if not known(code) and not known(code.strip()[:1]):
        return [UNCLEAR]
    if language == "python":
        return python_actions(code)
    if language == "other":
        return [UNCLEAR] if _STARTS.search(code) else []
    stored = [["?", "db.sql"]] if destroys_stored(code) else []
    reached = [["?", "net.connect"]] if _CONNECTS.search(code) else []
    return [*token_actions(language, code), *stored, *reached]


def _after_options(args: list[str], options: list[str]) -> tuple[list[str], list[str]]:
    """The code behind each option, and what is left."""
    codes: list[str] = []
    rest = list(args)
    left: list[str] = []
    while rest:
        one = rest.pop(0)
        name, equals, value = one.partition("=")
        if one in options or _cluster_ends(one, options):
            codes.append(rest.pop(0) if rest else "")
        elif equals and name in options:
            codes.append(value)
        elif inline := _inline(one, options):
            codes.append(inline)
        elif one == "-" or not one.startswith("-"):
            left.append(one)
            if not codes and one not in options:
                # The program's own arguments follow.
                return codes, left
    return codes, left


def _without_values(args: list[str]) -> list[str]:
    """Python's `-W ignore` and `-X dev`."""
    rest = list(args)
    while len(rest) > 1 and rest[0] in {"-W", "-X"}:
        rest = rest[2:]
    return rest


def _cluster_ends(one: str, options: list[str]) -> bool:
    """`-Bc`, `-lane`"""
    return (
        len(one) > 2  # noqa: PLR2004  a dash and a letter
        and one[0] == "-" != one[1]
        and one[1:].isalnum()
        and "-" + one[-1] in options
    )


def _inline(one: str, options: list[str]) -> str:
    """`-c'code'`, `-esystem(…)`"""
    if one.startswith("--") or one[:2] not in options:
        return ""
    return one[2:]


def _awk(args: list[str]) -> list[Action]:
    flags = given("", args)
    rest = list(args)
    while rest and rest[0].startswith("-") and rest[0] != "-":
        option = rest.pop(0)
        if option in {"-v", "-F", "--assign", "--field-separator"} and rest:
            rest.pop(0)
        elif option in {"-f", "--file"}:
            return []
    return _of("awk", rest[0]) if rest and flags.operands else []


def _sed(args: list[str]) -> list[Action]:
    """`e` runs a command, `w` writes a file."""
    flags = given("sed", args)
    scripts = flags.values_of("-e|--expression") or flags.operands[:1]
    found: list[Action] = []
    for script in scripts:
        ran = re.search(r"(?:^|[;{\n\d$/])\s*e\s+([^;\n]+)", script)
        if ran:
            found.append(["sh", "-c", ran[1]])
        substituted = re.fullmatch(r"(?s)[^;]*?s(.)(.*?)\1(.*?)\1([a-zA-Z0-9]*)(.*)", script)
        if substituted and "e" in substituted[4] and "w" not in substituted[4]:
            # What was matched is put in.
            code = re.sub(r"&|\\\d", UNKNOWN, substituted[3])
            found.append(["sh", "-c", code])
        wrote = re.search(r"(?:^|[;{\n\d$/])\s*[gIp\d]*w\s+([^;\n}]+)", script)
        if wrote:
            found.append([">", wrote[1].strip()])
    return found
