"""`/help [command|topic]`: what can be asked, and how."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from commands.help_topics import Topic, in_topic, topic_named
from commands.registry import Call, Command, Registry
from orchestrator_core.errors import PersonError
from orchestrator_core.messages import Button, Message, Say
from orchestrator_core.rights import may


@dataclass(frozen=True, slots=True)
class Help:
    #: Asked for late: help is itself one of the commands.
    registry: Callable[[], Registry]

    name: ClassVar[str] = "help"
    aliases: ClassVar[tuple[str, ...]] = ("ヘルプ", "說明", "ช่วยเหลือ", "h", "?")

    async def run(self, call: Call) -> list[Message]:
        word = call.argument.lstrip("/／")
        if not word:
            return [overview(call, self.registry())]
        command = self.registry().get(word)
        if command is not None:
            return [_one(call, command)]
        topic = topic_named(word, call.say)
        shown = in_topic(topic, _allowed(call, self.registry())) if topic else []
        if topic is not None and shown:
            return [_page(call, topic, shown)]
        nearest = self.registry().nearest(word) or "help"
        raise PersonError(
            "command.unknown", buttons=(_help_button(nearest),), name=word, nearest=nearest
        )


def overview(call: Call, registry: Registry) -> Say:
    """What this person may ask for, by topic."""
    allowed = _allowed(call, registry)
    parts, buttons = [call.say("help.intro")], []
    for topic in Topic:
        words = [_word(call, command) for command in in_topic(topic, allowed)]
        if words:
            title = call.say(f"help.topic.{topic}")
            parts.append(f"{title}\n{'  '.join(words)}")
            buttons.append(Button(label=title, command=f"/help {topic}"))
    parts.append(call.say("help.outro"))
    return Say(text="\n\n".join(parts), buttons=tuple(buttons))


def _allowed(call: Call, registry: Registry) -> list[Command]:
    return [command for command in registry if may(call.person.role, command.name)]


def _word(call: Call, command: Command) -> str:
    """How it is typed, without what may follow."""
    return call.say(f"help.{command.name}.usage").partition(" ")[0]


def _page(call: Call, topic: Topic, commands: Sequence[Command]) -> Say:
    parts = [call.say(f"help.topic.{topic}")]
    for command in commands:
        usage = call.say(f"help.{command.name}.usage")
        parts.append(f"{usage}\n{call.say(f'help.{command.name}.short')}")
    buttons = [_help_button(command.name) for command in commands if command.name != "help"]
    back = Button(label=call.say("help.all"), command="/help")
    return Say(text="\n\n".join(parts), buttons=(*buttons, back))


def _help_button(name: str) -> Button:
    command = "/help" if name == "help" else f"/help {name}"
    return Button(label=f"/{name}", command=command)


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
