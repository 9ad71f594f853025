"""`/people [person] [role | revoke | name …]`: who may use Denrei, and as what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from commands.grammar import fold
from commands.registry import Call
from commands.roles import AS, NAME, REVOKE, role_named
from orchestrator_core.errors import PersonError
from orchestrator_core.messages import Button, Card, Fact, Message, Say
from orchestrator_core.model import Person, Role
from orchestrator_core.people import PeopleDesk

#: Of what somebody calls themselves.
_MOST_NAME_WORDS = 8
#: As many as fit below a message.
_MOST_BUTTONS = 12
_CHOICES = {
    Role.OPERATOR: ("button.make_operator", "operator"),
    Role.VIEWER: ("button.make_viewer", "viewer"),
    Role.STRANGER: ("button.revoke", "revoke"),
}


@dataclass(frozen=True, slots=True)
class People:
    desk: PeopleDesk

    name: ClassVar[str] = "people"
    aliases: ClassVar[tuple[str, ...]] = ("メンバー",)

    async def run(self, call: Call) -> list[Message]:
        given = call.argument.split()
        if not given:
            return [await self._list(call)]
        person, words = await self._meant(call, given)
        match [word for word in words if fold(word) not in AS]:
            case []:
                return [self._card(call, person)]
            case [word] if fold(word) in REVOKE:
                return [await self._change(call, person, Role.STRANGER)]
            case [word, *name] if name and fold(word) in NAME:
                return [await self._rename(call, person, " ".join(name))]
            case [word]:
                return [await self._change(call, person, role_named(word))]
        raise PersonError("people.usage", name=person.label)

    async def _meant(self, call: Call, given: list[str]) -> tuple[Person, list[str]]:
        """Whom the words begin with, and the other words: names may be several words long.
        Raises PersonError."""
        for count in range(min(len(given), _MOST_NAME_WORDS), 1, -1):
            try:
                found = await self.desk.find(call.records, " ".join(given[:count]))
            except PersonError as error:
                if error.key == "people.ambiguous":
                    raise
            else:
                return found, given[count:]
        return await self.desk.find(call.records, given[0]), given[1:]

    async def _list(self, call: Call) -> Say:
        people = await self.desk.known(call.records)
        lines = [
            call.say("people.line", name=one.label, role=call.say(f"role.{one.role}"))
            for one in people
        ]
        buttons = [
            Button(label=one.called, command=f"/people {one.id}") for one in people[:_MOST_BUTTONS]
        ]
        text = "\n".join([call.say("people.list"), "", *lines])
        return Say(text=text, buttons=tuple(buttons))

    async def _change(self, call: Call, person: Person, role: Role) -> Say:
        changed = await self.desk.set_role(
            call.records, person.id, role, by=call.person.id, now=call.now
        )
        name, role_name = changed.person.label, call.say(f"role.{role}")
        text = call.say("people.changed", name=name, role=role_name)
        if changed.dropped:
            text += "\n" + call.say.count("people.dropped", changed.dropped)
        return Say(text=text, buttons=self._choices(call, changed.person))

    async def _rename(self, call: Call, person: Person, name: str) -> Say:
        named = await self.desk.rename(
            call.records, person.id, name, by=call.person.id, now=call.now
        )
        return Say(text=call.say("people.renamed", name=named.label))

    def _card(self, call: Call, person: Person) -> Card:
        say = call.say
        role = say(f"role.{person.role}")
        facts = [
            Fact(label=say("fact.person"), value=person.id),
            Fact(label=say("fact.role"), value=role),
        ]
        if person.invited_by:
            facts.append(Fact(label=say("fact.invited_by"), value=person.invited_by))
        return Card(
            title=person.label,
            summary=say("people.line", name=person.label, role=role),
            facts=tuple(facts),
            buttons=self._choices(call, person),
        )

    def _choices(self, call: Call, person: Person) -> tuple[Button, ...]:
        """What else they could be. By id: a name may be given to somebody else."""
        if self.desk.is_fixed(person):
            return ()
        return tuple(
            Button(label=call.say(key), command=f"/people {person.id} {word}")
            for role, (key, word) in _CHOICES.items()
            if role is not person.role
        )
