"""`/lang [language]`: the language Denrei speaks with a person."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from commands.grammar import fold
from commands.registry import Call
from orchestrator_core.errors import PersonError
from orchestrator_core.languages import AS_THE_PROFILE, NAMES, language_named
from orchestrator_core.messages import Button, Message, Say
from orchestrator_core.model import AuditAction
from orchestrator_core.texts import texts_in


@dataclass(frozen=True, slots=True)
class Lang:
    name: ClassVar[str] = "lang"
    aliases: ClassVar[tuple[str, ...]] = ("言語", "語言", "ภาษา", "language")

    async def run(self, call: Call) -> list[Message]:
        if not call.argument:
            key = "lang.chosen" if call.person.chosen_language else "lang.told"
            text = call.say(key, language=NAMES[call.person.language])
            return [Say(text=text, buttons=_buttons(call))]
        if fold(call.argument) in AS_THE_PROFILE:
            # The profile's is asked for again with the next message.
            await call.records.people.save(replace(call.person, chosen_language=None))
            await call.note(AuditAction.PERSON_LANGUAGE, language=None)
            return [Say(text=call.say("lang.auto"))]
        language = language_named(call.argument)
        if language is None:
            raise PersonError("lang.unknown", buttons=_buttons(call), word=call.argument)
        chosen = replace(call.person, chosen_language=language, language=language)
        await call.records.people.save(chosen)
        await call.note(AuditAction.PERSON_LANGUAGE, language=language)
        return [Say(text=texts_in(language)("lang.now", language=NAMES[language]))]


def _buttons(call: Call) -> tuple[Button, ...]:
    chosen = tuple(
        Button(label=name, command=f"/lang {language}") for language, name in NAMES.items()
    )
    return (*chosen, Button(label=call.say("lang.auto.label"), command="/lang auto"))
