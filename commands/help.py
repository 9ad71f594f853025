"""`/help [command]`: what can be asked, and how."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from commands.registry import Call, Command, Registry
from orchestrator_core.messages import Button, Message, Say
from orchestrator_core.rights import may


@dataclass(frozen=True, slots=True)
class Help:
    #: Asked for late: help is itself one of the commands.
    registry: Callable[[], Registry]

    name: ClassVar[str] = "help"
    aliases: ClassVar[tuple[str, ...]] = ("ヘルプ", "h", "?")

    async def run(self, call: Call) -> list[Message]:
        word = call.argument.lstrip("/／")
        command = self.registry().get(word) if word else None
        return [_one(call, command) if command else overview(call, self.registry())]


def overview(call: Call, registry: Registry) -> Say:
    """What this person may ask for."""
    lines = [call.say("help.intro"), ""]
    allowed = [command for command in registry if may(call.person.role, command.name)]
    for command in allowed:
        lines += [
            call.say(f"help.{command.name}.usage"),
            "  " + call.say(f"help.{command.name}.short"),
        ]
    lines += ["", call.say("help.outro")]
    buttons = tuple(
        Button(label=f"/{command.name}", command=f"/help {command.name}") for command in allowed
    )
    return Say(text="\n".join(lines), buttons=buttons)


def _one(call: Call, command: Command) -> Say:
    aliases = " ".join(f"/{alias}" for alias in command.aliases)
    parts = [
        call.say(f"help.{command.name}.usage"),
        call.say(f"help.{command.name}.long"),
        call.say("help.aliases", aliases=aliases),
    ]
    return Say(
        text="\n\n".join(parts),
        buttons=(Button(label=f"/{command.name}", command=f"/{command.name}"),),
    )
