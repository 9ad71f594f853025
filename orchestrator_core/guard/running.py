"""Reads a script the way a shell would run it, and notes every program it would start.

Nothing is run. Both ways of every branch are taken. Judges nothing.
"""

from __future__ import annotations

import re

from orchestrator_core.guard.bash_tree import parse
from orchestrator_core.guard.expansion import Expander
from orchestrator_core.guard.files import Files
from orchestrator_core.guard.invocations import Finding, Invocation
from orchestrator_core.guard.launching import Launcher
from orchestrator_core.guard.marks import NETWORK, UNKNOWN
from orchestrator_core.guard.state import Flow, State
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
    Stream,
)

#: What an array's index may start.
_SUBSTITUTION = re.compile(r"\$\(([^()]*)\)")
#: Statements of one call; a person should look at what is longer.
_MANY = 3000
_DEEPEST = 24


class Run:
    def __init__(self, home: str) -> None:
        self.invocations: list[Invocation] = []
        self.findings: list[Finding] = []
        self.files = Files()
        self.functions: dict[str, Function] = {}
        self.aliases: dict[str, str] = {}
        self.home = home
        self.shown = ""
        self._called: set[int] = set()
        self._calling: list[Function] = []
        self._left = _MANY
        self._depth = 0
        self._streams = 0
        self._again = 0
        self._expander = Expander(self)
        self._launcher = Launcher(self)

    def script(self, text: str, state: State, stdin: str | None = None) -> Flow:
        """Code of a shell, run in `state`."""
        if NETWORK in text:
            self.find("net.run_download")
        self._depth += 1
        try:
            if self._depth > _DEEPEST:
                self.find("shell.too_deep")
                return Flow(state, state, UNKNOWN)
            return self.run(parse(text), state, stdin)
        finally:
            self._depth -= 1

    def finish(self, state: State) -> None:
        """Functions that nobody called may be called by what was not seen."""
        for function in list(self.functions.values()):
            if id(function) not in self._called:
                self.call(function, (), state.copy(), None)

    def find(self, rule: str) -> None:
        self.findings.append(Finding(rule, self.shown))

    def note(self, words: list[str], state: State, stdin: str | None = None) -> None:
        program, *args = words
        self.invocations.append(
            Invocation(
                program=program,
                args=tuple(args),
                stdin=stdin,
                cwds=state.cwds,
                shown=self.shown,
            )
        )

    def run(self, statement: Statement, state: State, stdin: str | None) -> Flow:
        self._left -= 1
        if self._left < 0:
            if self._left == -1:
                self.find("shell.too_deep")
            return Flow(state, state, UNKNOWN)
        match statement:
            case Command():
                return self._command(statement, state, stdin)
            case Block():
                return self._block(statement, state, stdin)
            case Pipeline():
                return self._pipeline(statement, state, stdin)
            case AndOr():
                return self._and_or(statement, state, stdin)
            case _:
                return self._compound(statement, state, stdin)

    def _compound(
        self, statement: Loop | Choice | Function | Broken, state: State, stdin: str | None
    ) -> Flow:
        match statement:
            case Loop():
                return self._loop(statement, state, stdin)
            case Choice():
                return self._choice(statement, state, stdin)
            case Function():
                self.functions[statement.name] = statement
            case Broken():
                self.shown = statement.source
                self.find("shell.unparsed")
        return Flow(state, state)

    def _block(self, block: Block, state: State, stdin: str | None) -> Flow:
        here = state.copy() if block.subshell else state
        stdin, outputs = self._redirected(block.redirects, here, stdin)
        flow = Flow(here, here)
        written = []
        for item in block.items:
            flow = self.run(item, flow.after(), stdin)
            written.append(flow.output)
        output = "".join(written)
        self._written(outputs, output)
        if block.subshell:
            return Flow(state, state, output)
        return Flow(flow.success, flow.failure, output)

    def _pipeline(self, pipeline: Pipeline, state: State, stdin: str | None) -> Flow:
        for stage in pipeline.stages:
            stdin = self.run(stage, state.copy(), stdin).output
        return Flow(state, state, stdin or "")

    def _and_or(self, both: AndOr, state: State, stdin: str | None) -> Flow:
        left = self.run(both.left, state, stdin)
        if both.operator == "&&":
            right = self.run(both.right, left.success.copy(), stdin)
            failure = left.failure.join(right.failure)
            return Flow(right.success, failure, left.output + right.output)
        right = self.run(both.right, left.failure.copy(), stdin)
        success = left.success.join(right.success)
        return Flow(success, right.failure, left.output + right.output)

    def _loop(self, loop: Loop, state: State, stdin: str | None) -> Flow:
        # The second time round sees what the first one left.
        values = self._expander.fields(loop.words, state) if loop.variable else ["", ""]
        if loop.variable and not loop.words:
            values = list(state.arguments) or [UNKNOWN]
        before, output = state.copy(), ""
        for value in values[:_MANY]:
            if loop.variable:
                state.variables[loop.variable] = value
            flow = self._block(loop.body, state, stdin)
            state = flow.after()
            output += flow.output
        after = before.join(state)
        return Flow(after, after, output)

    def _choice(self, choice: Choice, state: State, stdin: str | None) -> Flow:
        before = self._block(choice.before, state, stdin)
        after, output = before.failure, before.output
        for arm in choice.arms:
            flow = self._block(arm, before.success.copy(), stdin)
            after = after.join(flow.after())
            output += flow.output
        return Flow(after, after, output)

    def _command(self, command: Command, state: State, stdin: str | None) -> Flow:
        outer, self.shown = self.shown, command.source or self.shown
        words = self._expander.fields(command.words, state)
        here = state
        if command.assignments:
            kept = not words or words[0] in _DECLARING
            here = state if kept else state.copy()
            refers = any(_REFERRING.fullmatch(one) for one in words[1:])
            for one in command.assignments:
                if refers:
                    here.references[one.name] = self._expander.text(one.value, here)
                else:
                    self._assign(one, here)
        stdin, outputs = self._redirected(command.redirects, here, stdin)
        if words:
            flow = self._launcher.start(words, here, stdin)
            if here is not state:
                flow = Flow(state, state, flow.output)
        else:
            # `$(< file)` writes what it reads.
            flow = Flow(here, here, stdin or "")
        self._written(outputs, flow.output)
        self.shown = outer
        return flow

    def _assign(self, one: Assignment, state: State) -> None:
        name = state.target(one.name.partition("[")[0])
        if one.array is not None:
            items = tuple(self._expander.fields(one.array, state))
            state.arrays[name] = items
            state.variables[name] = items[0] if items else ""
            return
        value = self._expander.text(one.value, state)
        if one.append:
            value = (state.value(name) or "") + value
        if "[" in one.name:
            if name == "BASH_ALIASES":
                self.aliases[one.name.partition("[")[2].rstrip("]")] = value
            for code in _SUBSTITUTION.findall(one.name):
                self.script(code, state.copy())
            value = UNKNOWN
        state.variables[name] = value
        self._launcher.variable(name, value, state)

    def _redirected(
        self, redirects: tuple[Redirect, ...], state: State, stdin: str | None
    ) -> tuple[str | None, list[tuple[str, bool]]]:
        outputs: list[tuple[str, bool]] = []
        for one in redirects:
            if one.text is not None:
                stdin = self._expander.text(one.text, state)
                continue
            target = self._expander.text(one.target, state)
            if one.operator in {">&", "<&"} and (target.isdigit() or target in {"-", ""}):
                continue
            if one.operator.startswith("<"):
                self.note(["<", target], state)
                stdin = self.files.content(target, state)
                continue
            self.note([">>" if one.operator.endswith(">>") else ">", target], state)
            if one.descriptor in {"", "1"}:
                outputs.append((self.files.key(target, state), one.operator.endswith(">>")))
        return stdin, outputs

    def _written(self, outputs: list[tuple[str, bool]], text: str) -> None:
        for path, appends in outputs:
            self.files.write(path, text, appends=appends)

    def call(
        self, function: Function, arguments: tuple[str, ...], state: State, stdin: str | None
    ) -> Flow:
        # By identity: within it another of its name may have been defined.
        if any(one is function for one in self._calling):
            # A function that calls itself twice fills the machine.
            self._again += 1
            if self._again > 1:
                self.find("proc.fork_bomb")
            return Flow(state, state, UNKNOWN)
        self._called.add(id(function))
        self._calling.append(function)
        before, self._again = self._again, 0
        outer, state.arguments = state.arguments, arguments
        flow = self._block(function.body, state, stdin)
        self._calling.pop()
        self._again = before
        for one in (flow.success, flow.failure):
            one.arguments = outer
        return flow

    def written_by(self, body: Block, state: State) -> str:
        return self.run(body, state.copy(), None).output

    def stream(self, part: Stream, state: State) -> str:
        self._streams += 1
        path = f"/dev/fd/{62 + self._streams}"
        if part.reads:
            self.files.write(path, self.written_by(part.body, state))
        else:
            self.run(part.body, state.copy(), UNKNOWN)
        return path


#: `declare -n`, alone or among other letters.
_REFERRING = re.compile(r"-[A-Za-z]*n[A-Za-z]*")
_DECLARING = {"export", "declare", "local", "readonly", "typeset"}
