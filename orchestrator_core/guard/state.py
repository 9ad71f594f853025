"""What a shell remembers between commands: variables, arguments, and where it stands.

Where the ways of a script join, what differs between them is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from orchestrator_core.guard.marks import OUTSIDE, SECRET, UNKNOWN, names_a_secret

_ALWAYS = {
    "IFS": " \t\n",
    "TMPDIR": "/tmp",  # noqa: S108  the directory the guard lets commands write to
    "SHELL": "/bin/bash",
    "0": "bash",
    "?": "0",
    "$": "4242",
    "!": "4242",
    "-": "",
    "#": "1",
    "RANDOM": "1",
    "SECONDS": "1",
    "LINENO": "1",
    "PPID": "1",
    "UID": "1000",
    "EUID": "1000",
}

#: Those that go round in a circle have an end.
_MOST_REFERENCES = 8


@dataclass(slots=True)
class State:
    """`cwds` are the directories it may stand in; none, if it may be anywhere."""

    home: str
    cwds: tuple[str, ...]
    variables: dict[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    arrays: dict[str, tuple[str, ...]] = field(default_factory=dict)
    #: Variables that are other names for others: `declare -n`.
    references: dict[str, str] = field(default_factory=dict)

    def copy(self) -> State:
        return State(
            self.home,
            self.cwds,
            dict(self.variables),
            self.arguments,
            dict(self.arrays),
            dict(self.references),
        )

    def target(self, name: str) -> str:
        """The variable that is meant by this name."""
        for _ in range(_MOST_REFERENCES):
            if name not in self.references:
                break
            name = self.references[name]
        return name

    def value(self, name: str) -> str | None:
        """None if the script never set it; it may come from outside all the same."""
        name = self.target(name)
        found = self.variables.get(name)
        if found is not None:
            return found
        if name in _ALWAYS:
            return _ALWAYS[name]
        if name == "HOME":
            return self.home
        if name == "PWD":
            return self.cwds[0] if len(self.cwds) == 1 else UNKNOWN
        return None

    def outside_value(self, name: str) -> str:
        return SECRET if names_a_secret(name) else OUTSIDE

    def join(self, other: State) -> State:
        if other is self:
            return self
        names = self.variables.keys() | other.variables.keys()
        merged = {
            name: value
            if (value := self.variables.get(name)) == other.variables.get(name)
            and value is not None
            else UNKNOWN
            for name in names
        }
        arrays = {k: v for k, v in self.arrays.items() if other.arrays.get(k) == v}
        cwds = tuple(dict.fromkeys((*self.cwds, *other.cwds)))
        anywhere = not self.cwds or not other.cwds
        references = {**other.references, **self.references}
        return State(
            self.home, () if anywhere else cwds, merged, self.arguments, arrays, references
        )


@dataclass(slots=True)
class Flow:
    """Where the shell is after a success and after a failure, and what was written."""

    success: State
    failure: State
    output: str = ""

    def after(self) -> State:
        return self.success.join(self.failure)
