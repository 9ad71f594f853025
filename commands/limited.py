"""As what the things that people do are counted against the limits."""

from __future__ import annotations

from dataclasses import dataclass

from commands.grammar import CommandLine, parse, split_agent
from commands.registry import Registry
from orchestrator_core.incoming import FromPerson, MediaSent, TextSaid, UnsupportedSent
from orchestrator_core.ports import Limited

#: What ends something must always be possible.
_FREE = frozenset({"stop", "deny", "interrupt"})


@dataclass(frozen=True, slots=True)
class Counted:
    registry: Registry

    def kind_of(self, said: FromPerson) -> Limited | None:
        """None: as nothing. So are taps, which answer what Denrei asked, and what people in a
        group say to each other."""
        if isinstance(said, UnsupportedSent):
            return Limited.COMMANDS if said.chat.is_one_to_one else None
        if isinstance(said, MediaSent):
            # Pictures sent at once are one thing to do.
            counts = said.chat.is_one_to_one and said.set_index in {None, 1}
            return Limited.COMMANDS if counts else None
        if not isinstance(said, TextSaid):
            return None
        is_meant = said.chat.is_one_to_one or said.mentioned
        line = parse(said.text)
        if line is not None:
            return self._kind_of_command(line, is_meant=is_meant)
        if not is_meant:
            return None
        return Limited.PROMPTS if said.text.strip() else Limited.COMMANDS

    def _kind_of_command(self, line: CommandLine, *, is_meant: bool) -> Limited | None:
        command = self.registry.get(line.name)
        if command is None:
            return Limited.COMMANDS if is_meant else None
        if command.name in _FREE:
            return None
        is_prompt = _brings_prompt(command.name, line.argument)
        return Limited.PROMPTS if is_prompt else Limited.COMMANDS


def _brings_prompt(command: str, argument: str) -> bool:
    if command == "new":
        return bool(split_agent(argument)[1])
    if command == "files":
        return argument.partition(" ")[0].casefold() == "ask"
    # A copy without a text is cheap, but what is meant as one is not told apart from a session.
    return command == "retry" or (command == "fork" and bool(argument))
