"""`/whoami`: what Denrei knows of the one who asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from zoneinfo import ZoneInfo

from commands.registry import Call
from orchestrator_core.languages import NAMES
from orchestrator_core.messages import Button, Message, Say


@dataclass(frozen=True, slots=True)
class Whoami:
    #: Of those who have set none of their own.
    zone: ZoneInfo

    name: ClassVar[str] = "whoami"
    aliases: ClassVar[tuple[str, ...]] = ("私", "me")

    async def run(self, call: Call) -> list[Message]:
        person = call.person
        text = call.say(
            "whoami.text",
            name=person.shown_name or person.label,
            role=call.say(f"role.{person.role}"),
            language=NAMES[person.language],
            zone=person.zone or self.zone.key,
            agents=" ".join(f"@{name}" for name in call.agents.open_to(person)) or "-",
            id=person.id,
        )
        buttons = (
            Button(label=call.say("button.lang"), command="/lang"),
            Button(label=call.say("button.help"), command="/help"),
        )
        return [Say(text=text, buttons=buttons)]
