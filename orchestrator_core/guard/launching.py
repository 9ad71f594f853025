"""Starting a program from its words: functions, builtins and wrappers on the way to it.

Notes on the Run what would be started; judges nothing.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from orchestrator_core.guard.builtins import Builtins
from orchestrator_core.guard.code import code_in
from orchestrator_core.guard.invocations import Nested
from orchestrator_core.guard.marks import FILE, UNKNOWN, known
from orchestrator_core.guard.nets import (
    commands_in,
    inner_commands,
    inner_rules,
    written_commands,
    written_rules,
)
from orchestrator_core.guard.outputs import output_of
from orchestrator_core.guard.state import Flow, State
from orchestrator_core.guard.tables.nets import DEFAULT_FILES, READ, RUN_VARIABLE
from orchestrator_core.guard.tables.programs import (
    CODE_VARIABLES,
    SHELLS,
    program_name,
)
from orchestrator_core.guard.unwrapping import unwrapped

if TYPE_CHECKING:
    from orchestrator_core.guard.running import Run

_DEEPEST = 30
#: A person should look at what has more.
_MOST_WORDS = 2000
#: PowerShell's `-EncodedCommand`, in any of its short forms.
_ENCODED = re.compile(r"(?i)-(?:e|ec|en\w*)")
_GLOB = re.compile(r"[*?]|\[.")


class Launcher:
    def __init__(self, run: Run) -> None:
        self._run = run
        self._builtins = Builtins(run, self)
        self._depth = 0
        #: What the net caught already.
        self._seen: set[str] = set()

    def start(self, words: list[str], state: State, stdin: str | None) -> Flow:
        self._depth += 1
        try:
            if self._depth > _DEEPEST or len(words) > _MOST_WORDS:
                self._run.find("shell.too_deep")
                return Flow(state, state, UNKNOWN)
            return self._start(words, state, stdin)
        finally:
            self._depth -= 1

    def variable(self, name: str, value: str, state: State) -> None:
        """Some variables are commands, or decide what is loaded."""
        self._run.note(["=", name, value], state)
        if name in CODE_VARIABLES and known(value):
            self._run.script(value, state.copy())
        elif " " in value and RUN_VARIABLE.fullmatch(name):
            for code in commands_in(value):
                self._run.script(code, state.copy())

    def nested(self, inner: Nested, state: State) -> Flow:
        if inner.away or inner.cwd or inner.variables:
            state = state.copy()
            for name, value in inner.variables:
                state.variables[name] = value
                self.variable(name, value, state)
            if inner.away:
                state.cwds = ()
            elif inner.cwd:
                self._builtins.enter(inner.cwd, state)
        if inner.code is None:
            return self.start(list(inner.words), state, inner.stdin)
        inside = state.copy()
        inside.arguments = inner.arguments
        flow = self._run.script(inner.code, inside, inner.stdin)
        return Flow(state, state, flow.output)

    def _start(self, words: list[str], state: State, stdin: str | None) -> Flow:
        head = words[0]
        function = self._run.functions.get(head)
        if function is not None:
            return self._run.call(function, tuple(words[1:]), state, stdin)
        alias = self._run.aliases.get(head)
        if alias is not None and alias.split(" ")[0] != head:
            return self._run.script(f"{alias} {shlex.join(words[1:])}", state, stdin)
        if head == "docker-compose":
            words, head = ["docker", "compose", *words[1:]], "docker"
        name = program_name(head)
        if not name or not known(name) or (_GLOB.search(name) and name not in {"[", "[["}):
            self._run.find("shell.unknown_command")
            return Flow(state, state, UNKNOWN)
        builtin = self._builtins.get(name)
        if builtin is not None:
            return builtin(words[1:], state, stdin)
        return self._program([name, *words[1:]], head, state, stdin)

    def _program(self, words: list[str], head: str, state: State, stdin: str | None) -> Flow:
        name = words[0]
        if name in SHELLS:
            return self._shell(words, state, stdin)
        if "/" in head:
            written = self._run.files.written(head, state)
            if written is not None:
                return self._file(written, words[1:], state, stdin)
        self._run.note(words, state, stdin)
        inner = unwrapped(words, stdin)
        outputs = [self.nested(one, state).output for one in inner]
        self._code(words, state, stdin)
        self._netted(words, state, stdin, wrapped=bool(inner))
        if self._run.files.any_written() and not inner:
            self._handed_files(words, state)
        own = output_of(words, state, stdin, self._run.files)
        return Flow(state, state, own if own is not None else "".join(outputs) or UNKNOWN)

    def _netted(self, words: list[str], state: State, stdin: str | None, *, wrapped: bool) -> None:
        """Each text once, however deep it stands in others."""
        if not wrapped:
            for rule in inner_rules(words, stdin):
                self._run.find(rule)
        for one in inner_commands(words, stdin, wrapped=wrapped):
            key = one.code or "\0".join(one.words)
            if key not in self._seen:
                self._seen.add(key)
                self.nested(one, state.copy())

    def _handed_files(self, words: list[str], state: State) -> None:
        """What the script wrote before and lets another program run now."""
        named = [one for arg in words[1:] for one in (arg, arg.partition("=")[2]) if one]
        names = [one for one in named if not one.endswith(READ)]
        names += DEFAULT_FILES.get(words[0], ())
        texts = [text for one in names if (text := self._run.files.written(one, state))]
        for rule in written_rules(words[0], texts):
            self._run.find(rule)
        for one in written_commands(words[0], texts):
            if one.code and one.code not in self._seen:
                self._seen.add(one.code)
                self.nested(one, state.copy())

    def _code(self, words: list[str], state: State, stdin: str | None) -> None:
        """One-liners of other languages, as the programs that would do the same."""
        for action in code_in(words, stdin, lambda path: self._run.files.written(path, state)):
            if action[0] == "?":
                self._run.find(action[1])
            elif action[0] in {">", "<"}:
                self._run.note(action, state)
            else:
                self.start(action, state, None)

    def _shell(self, words: list[str], state: State, stdin: str | None) -> Flow:
        if words[0] in {"powershell", "pwsh"} and any(
            _ENCODED.fullmatch(one) for one in words[1:]
        ):
            self._run.find("code.unclear")
        code, arguments, file = _shell_arguments(words[1:])
        self._run.note(words, state)
        if code is not None:
            variables = tuple(("0", one) for one in arguments[:1])
            inner = Nested(code=code, arguments=arguments[1:], stdin=stdin, variables=variables)
            return self.nested(inner, state)
        if file is not None:
            written = self._run.files.written(file, state)
            if written is not None:
                return self._file(written, list(arguments), state, stdin)
            if not known(file):
                self._run.find("shell.unknown_command")
            return Flow(state, state, UNKNOWN)
        if stdin is None:
            return Flow(state, state, UNKNOWN)
        return self._file(stdin, list(arguments), state, None)

    def _file(self, text: str, arguments: list[str], state: State, stdin: str | None) -> Flow:
        """Runs what the script wrote, or fed, itself."""
        if text == FILE:
            return Flow(state, state, UNKNOWN)
        first = text.partition("\n")[0]
        if first.startswith("#!") and known(first) and not re.search(r"\b\w*sh\b", first):
            program = program_name(shlex.split(first[2:])[-1]) if first[2:].split() else "sh"
            self._code([program, "-"], state, text)
            return Flow(state, state, UNKNOWN)
        return self.nested(
            Nested(code=text, arguments=tuple(arguments), stdin=stdin),
            state,
        )


def _shell_arguments(args: list[str]) -> tuple[str | None, tuple[str, ...], str | None]:
    """What `-c` holds, the arguments behind, and the file that is run."""
    rest = list(args)
    coded = fed = False
    while rest and rest[0][:1] in {"-", "+"} and rest[0] != "-":
        option = rest.pop(0)
        if option == "--":
            break
        if option in {"--rcfile", "--init-file"} and rest:
            return None, (), rest[0]
        coded = coded or _takes_code(option)
        # `-s`: what follows are arguments, the code is fed.
        fed = fed or (not option.startswith("--") and "s" in option[1:])
        if option[-1] in "oO" and not option.startswith("--"):
            rest = rest[1:]
    if coded:
        return (rest[0] if rest else ""), tuple(rest[1:]), None
    file = rest[0] if rest and not fed and rest[0] not in {"-", "/dev/stdin"} else None
    return None, tuple(rest[1:]), file


def _takes_code(option: str) -> bool:
    if option.lower() in {"--command", "-command", "-encodedcommand"}:
        return True
    return not option.startswith("--") and "c" in option[1:]
