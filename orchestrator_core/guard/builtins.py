"""The shell's own commands that change what comes after: `cd`, `eval`, `set`, `alias` …

Those that change nothing of interest are programs like any other.
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING

from orchestrator_core.guard.decoding import printed
from orchestrator_core.guard.marks import FILE, UNKNOWN, known
from orchestrator_core.guard.state import Flow, State

if TYPE_CHECKING:
    from orchestrator_core.guard.launching import Launcher
    from orchestrator_core.guard.running import Run

Builtin = Callable[[list[str], State, str | None], Flow]


class Builtins:
    def __init__(self, run: Run, launcher: Launcher) -> None:
        self._run = run
        self._launcher = launcher
        self._known: dict[str, Builtin] = {
            "cd": self._cd,
            "pushd": self._cd,
            "popd": self._popd,
            "eval": self._eval,
            "source": self._source,
            ".": self._source,
            "exec": self._exec,
            "builtin": self._exec,
            "command": self._command,
            "trap": self._trap,
            "alias": self._alias,
            "read": self._read,
            "mapfile": self._mapfile,
            "readarray": self._mapfile,
            "set": self._set,
            "shift": self._shift,
            "printf": self._printf,
            "unset": self._unset,
            "hash": self._hash,
        }

    def get(self, name: str) -> Builtin | None:
        return self._known.get(name)

    def enter(self, directory: str, state: State) -> None:
        if not known(directory):
            state.cwds = ()
            return
        bases = state.cwds or (("/",) if directory.startswith("/") else ())
        # Links are looked through when a path is judged.
        state.cwds = tuple(
            dict.fromkeys(os.path.normpath(os.path.join(base, directory)) for base in bases)  # noqa: PTH118
        )

    def _cd(self, args: list[str], state: State, _stdin: str | None) -> Flow:
        wanted = [one for one in args if not one.startswith("-") or one == "-"]
        target = wanted[0] if wanted else state.home
        before = state.cwds
        if target == "-":
            self.enter(state.value("OLDPWD") or UNKNOWN, state)
        else:
            self.enter(target, state)
        if len(before) == 1:
            state.variables["OLDPWD"] = before[0]
        return Flow(state, state)

    def _popd(self, _args: list[str], state: State, _stdin: str | None) -> Flow:
        self.enter(state.value("OLDPWD") or UNKNOWN, state)
        return Flow(state, state)

    def _eval(self, args: list[str], state: State, stdin: str | None) -> Flow:
        rest = args[1:] if args[:1] == ["--"] else args
        return self._run.script(" ".join(rest), state, stdin)

    def _source(self, args: list[str], state: State, stdin: str | None) -> Flow:
        file = next((one for one in args if one != "--"), "")
        text = stdin if file == "/dev/stdin" else self._run.files.written(file, state)
        if text is not None and text != FILE:
            return self._run.script(text, state)
        self._run.note(["source", *args], state)
        if not known(file):
            self._run.find("shell.unknown_command")
        return Flow(state, state)

    def _exec(self, args: list[str], state: State, stdin: str | None) -> Flow:
        rest = list(args)
        while rest and rest[0].startswith("-") and len(rest[0]) > 1:
            option = rest.pop(0)
            if option.endswith("a") and rest:
                rest.pop(0)
        return self._launcher.start(rest, state, stdin) if rest else Flow(state, state)

    def _command(self, args: list[str], state: State, stdin: str | None) -> Flow:
        if args and re.fullmatch(r"-[pvV]*[vV]", args[0]):
            return Flow(state, state, " ".join(args[1:2]))
        return self._exec(args, state, stdin)

    def _trap(self, args: list[str], state: State, _stdin: str | None) -> Flow:
        rest = [one for one in args if one != "--"]
        if len(rest) > 1 and rest[0] not in {"-", "-p", "-l"}:
            self._run.script(rest[0], state.copy())
        return Flow(state, state)

    def _alias(self, args: list[str], state: State, _stdin: str | None) -> Flow:
        for one in args:
            name, equals, text = one.partition("=")
            if equals:
                self._run.aliases[name] = text
                if " " in text and name != text.split(" ")[0]:
                    self._run.script(text, state.copy())
        return Flow(state, state)

    def _hash(self, args: list[str], state: State, _stdin: str | None) -> Flow:
        """`hash -p /bin/rm ls`: one program by the name of another."""
        if args[:1] == ["-p"] and len(args) > 2:  # noqa: PLR2004  the option, a path, a name
            self._run.aliases[args[2]] = args[1]
        return Flow(state, state)

    def _read(self, args: list[str], state: State, stdin: str | None) -> Flow:
        names = _operands(args, "adinNptu")
        lines = (stdin or "").strip("\n").split("\n")
        # A loop would get one line after the other.
        values = lines[0].split() if len(lines) == 1 and stdin and known(stdin) else []
        for place, name in enumerate(names or ["REPLY"]):
            last = place == len(names) - 1
            value = " ".join(values[place:]) if last else "".join(values[place : place + 1])
            state.variables[state.target(name)] = value if values else UNKNOWN
        return Flow(state, state)

    def _mapfile(self, args: list[str], state: State, stdin: str | None) -> Flow:
        for option, code in pairwise(args):
            if option == "-C":
                self._run.script(code, state.copy())
        for name in _operands(args, "dnOsuCc") or ["MAPFILE"]:
            safe = stdin is not None and known(stdin)
            state.arrays[name] = tuple((stdin or "").splitlines()) if safe else (UNKNOWN,)
        return Flow(state, state)

    def _set(self, args: list[str], state: State, _stdin: str | None) -> Flow:
        if "--" in args:
            state.arguments = tuple(args[args.index("--") + 1 :])
        elif args and args[0][:1] not in {"-", "+"}:
            state.arguments = tuple(args)
        return Flow(state, state)

    def _shift(self, args: list[str], state: State, _stdin: str | None) -> Flow:
        count = int(args[0]) if args and re.fullmatch(r"\d{1,4}", args[0]) else 1
        state.arguments = state.arguments[count:]
        return Flow(state, state)

    def _printf(self, args: list[str], state: State, _stdin: str | None) -> Flow:
        if args[:1] == ["-v"] and len(args) > 1:
            state.variables[state.target(args[1])] = printed(args[2:])
            return Flow(state, state)
        return Flow(state, state, printed(args))

    def _unset(self, args: list[str], state: State, _stdin: str | None) -> Flow:
        for name in args:
            state.variables[state.target(name)] = ""
            self._run.functions.pop(name, None)
        self._run.note(["unset", *args], state)
        return Flow(state, state)


def _operands(args: list[str], valued: str) -> list[str]:
    """What is left without options; of the letters in `valued`, each takes a word more."""
    rest = list(args)
    while rest and rest[0].startswith("-") and len(rest[0]) > 1:
        option = rest.pop(0)
        if option[-1] in valued and rest:
            rest.pop(0)
    return rest
