"""`/pair [code] [as role | refuse]`: let in who asks, or see who waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from commands.grammar import fold
from commands.registry import Call
from commands.roles import AS, REFUSE, role_named
from orchestrator_core.messages import Button, Message, Say
from orchestrator_core.pairing import MOST_WAITING, PairingDesk


@dataclass(frozen=True, slots=True)
class Pair:
    desk: PairingDesk

    name: ClassVar[str] = "pair"
    aliases: ClassVar[tuple[str, ...]] = ("ペアリング",)

    async def run(self, call: Call) -> list[Message]:
        code, *rest = call.argument.split() or [""]
        words = [word for word in rest if fold(word) not in AS]
        if not code:
            return [await _waiting(call)]
        if not words:
            await self.desk.check(call.records, code, by=call.person.id, now=call.now)
            return [_as_what(call, self.desk.sealed(code))]
        if fold(words[0]) in REFUSE:
            await self.desk.refuse(call.records, code, by=call.person.id, now=call.now)
            return [Say(text=call.say("pairing.refused"))]
        return [await self._accept(call, code, words[0])]

    async def _accept(self, call: Call, code: str, word: str) -> Say:
        role = role_named(word)
        changed = await self.desk.accept(call.records, code, role, by=call.person.id, now=call.now)
        label = changed.person.label
        text = call.say("pairing.done", name=label, role=call.say(f"role.{role}"))
        return Say(text=text, buttons=(_everybody(call),))


async def _waiting(call: Call) -> Say:
    """How many. The codes are kept nowhere, and people tell them themselves."""
    waiting = await call.records.pairings.waiting(call.now, limit=MOST_WAITING)
    if not waiting:
        return Say(text=call.say("pairing.none"), buttons=(_everybody(call),))
    text = call.say.count("pairing.waiting", len(waiting))
    people = [await call.records.people.get(pairing.person_id) for pairing in waiting]
    names = [person.label for person in people if person]
    return Say(text="\n".join([text, "", *names]), buttons=(_everybody(call),))


def _as_what(call: Call, code: str) -> Say:
    labels = {
        "operator": "button.let_in_operator",
        "viewer": "button.let_in_viewer",
        "owner": "button.let_in_owner",
    }
    buttons = tuple(
        Button(label=call.say(key), command=f"/pair {code} as {role}")
        for role, key in labels.items()
    )
    return Say(text=call.say("pairing.as_what"), buttons=buttons)


def _everybody(call: Call) -> Button:
    return Button(label=call.say("button.people"), command="/people")
