"""What the `denrei people` command works with: the people's and the pairings' desk on an open
store, each act in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from bot.line.messenger import LineMessenger
from bot.line.postbacks import Postbacks, derive_key
from bot.line.rendering import LineRenderer
from bot.settings import Settings
from orchestrator_core.clock import SystemClock
from orchestrator_core.gate import Gate
from orchestrator_core.model import Person, Role
from orchestrator_core.outbox import Outbox
from orchestrator_core.pairing import PairingDesk, keeping_count
from orchestrator_core.people import CLI, PeopleDesk
from orchestrator_core.ports import Clock, Store
from orchestrator_core.sealing import Seals


class Desks(NamedTuple):
    people: PeopleDesk
    pairing: PairingDesk


def desks(secret: bytes, gate: Gate, outbox: Outbox) -> Desks:
    """`secret`: the channel's, from which the key of the codes comes."""
    people = PeopleDesk(gate=gate, outbox=outbox)
    key = derive_key(secret, "pairing")
    pairing = PairingDesk(key=key, gate=gate, people=people, outbox=outbox, seals=seals_of(secret))
    return Desks(people, pairing)


def seals_of(secret: bytes) -> Seals:
    """By which codes are sealed and opened; `secret` as above."""
    return Seals(derive_key(secret, "seal"))


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleParts:
    """Each raises PersonError, saying why not."""

    store: Store
    clock: Clock
    desks: Desks

    async def known(self) -> list[Person]:
        async with self.store.read() as records:
            return await self.desks.people.known(records)

    async def accept(self, code: str, role: Role) -> Person:
        async with keeping_count(self.store) as records:
            changed = await self.desks.pairing.accept(
                records, code, role, by=CLI, now=self.clock.now()
            )
            return changed.person

    async def refuse(self, code: str) -> None:
        async with keeping_count(self.store) as records:
            await self.desks.pairing.refuse(records, code, by=CLI, now=self.clock.now())

    async def set_role(self, reference: str, role: Role) -> Person:
        async with keeping_count(self.store) as records:
            person = await self.desks.people.find(records, reference)
            changed = await self.desks.people.set_role(
                records, person.id, role, by=CLI, now=self.clock.now()
            )
            return changed.person

    async def rename(self, reference: str, name: str) -> Person:
        async with keeping_count(self.store) as records:
            person = await self.desks.people.find(records, reference)
            return await self.desks.people.rename(
                records, person.id, name, by=CLI, now=self.clock.now()
            )


def people_parts(settings: Settings, store: Store) -> PeopleParts:
    secret = settings.line_channel_secret.get_secret_value().encode()
    messenger = LineMessenger(
        access_token=settings.line_channel_access_token.get_secret_value(),
        api_base=settings.line_api_base,
    )
    outbox = Outbox(renderer=LineRenderer(Postbacks(derive_key(secret, "postback"))))
    gate = Gate(owners=settings.denrei_owners, store=store, messenger=messenger)
    return PeopleParts(store=store, clock=SystemClock(), desks=desks(secret, gate, outbox))
