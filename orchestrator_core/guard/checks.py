"""What a check is: looks at one invocation and names the rules it meets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from orchestrator_core.guard.invocations import Invocation
from orchestrator_core.guard.options import Given, given
from orchestrator_core.guard.paths import Place, Places


@dataclass(frozen=True)
class Case:
    """An invocation with its arguments told apart, and the ground it stands on."""

    invocation: Invocation
    places: Places

    @property
    def program(self) -> str:
        return self.invocation.program

    @property
    def args(self) -> tuple[str, ...]:
        return self.invocation.args

    @cached_property
    def given(self) -> Given:
        return given(self.program, self.args)

    @property
    def operands(self) -> list[str]:
        return self.given.operands

    def places_of(self, path: str, *, follow: bool = True) -> list[Place]:
        return self.places.of(path, self.invocation.cwds, follow=follow)


#: Each rule by its id, with the part of the call that met it.
Met = Iterator[tuple[str, str]]
Check = Callable[[Case], Met]
