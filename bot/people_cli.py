"""`denrei people`: who may use Denrei, from the server itself, while it serves or not.

It works on the same database; whoever serves finds the change there by itself.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from orchestrator_core.model import Person, Role

if TYPE_CHECKING:
    from bot.people_parts import PeopleParts
    from bot.settings import Settings

_GIVEN = [role.value for role in Role if role is not Role.STRANGER]


def add_people(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    people = commands.add_parser("people", help="who may use Denrei: list, let in, change, revoke")
    acts = people.add_subparsers(dest="act")
    acts.add_parser("list", help="everybody who has a role or had one taken away")
    pair = acts.add_parser("pair", help="let in whoever was given this code")
    pair.add_argument("code")
    pair.add_argument("--role", choices=_GIVEN, default=Role.VIEWER.value)
    refuse = acts.add_parser("refuse", help="refuse whoever was given this code")
    refuse.add_argument("code")
    role = acts.add_parser("role", help="give somebody another role")
    role.add_argument("person", help="id, its beginning, or name")
    role.add_argument("role", choices=_GIVEN)
    revoke = acts.add_parser("revoke", help="take somebody's role away, at once")
    revoke.add_argument("person")
    name = acts.add_parser("name", help="what owners call somebody")
    name.add_argument("person")
    name.add_argument("name")


def run_people(given: argparse.Namespace, settings: Settings) -> tuple[bool, str]:
    """Carry it out. Whether that was possible, and what to print of it."""
    from bot.plain_words import plainly  # noqa: PLC0415
    from orchestrator_core.errors import PersonError, StartError  # noqa: PLC0415

    try:
        lines = asyncio.run(_carried_out(given, settings))
    except PersonError as error:
        return False, plainly(error)
    except StartError as error:
        return False, f"Denrei cannot reach its database: {error}"
    return True, "\n".join(lines)


async def _carried_out(given: argparse.Namespace, settings: Settings) -> Sequence[str]:
    from bot.people_parts import people_parts  # noqa: PLC0415
    from bot.wiring import open_beside  # noqa: PLC0415

    async with open_beside(settings) as store:
        return await _act(given, people_parts(settings, store))


async def _act(given: argparse.Namespace, parts: PeopleParts) -> Sequence[str]:
    match given.act:
        case "pair":
            return [_line(await parts.accept(given.code, Role(given.role)))]
        case "refuse":
            await parts.refuse(given.code)
            return ["Refused."]
        case "role":
            return [_line(await parts.set_role(given.person, Role(given.role)))]
        case "revoke":
            return [_line(await parts.set_role(given.person, Role.STRANGER))]
        case "name":
            return [_line(await parts.rename(given.person, given.name))]
    return [_line(person) for person in await parts.known()]


def _line(person: Person) -> str:
    revoked = f"  revoked {person.revoked_at:%Y-%m-%d}" if person.revoked_at else ""
    return f"{person.id}  {person.role:<8}  {person.name or person.shown}{revoked}".rstrip()
