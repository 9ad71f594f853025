"""What can be tapped in a rich menu, in which state of a person, where, and what a tap says.

A menu is shared by all who see it, so its taps are typed commands: they carry no answer that
is signed for one person.
A menu may change just before it is tapped. So nothing else is ever where Approve is, and what
is where Deny is does no more harm than what was meant.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from orchestrator_core.model import MenuState


class Item(enum.StrEnum):
    """Its word is `menu.<item>` of the catalogs."""

    NEW = "new"
    USE = "use"
    STATUS = "status"
    STOP = "stop"
    TAIL = "tail"
    APPROVE = "approve"
    DENY = "deny"
    SHOW = "show"

    @property
    def command(self) -> str:
        return "/approve show" if self is Item.SHOW else f"/{self.value}"


@dataclass(frozen=True, slots=True)
class Place:
    item: Item
    #: The first of its columns, and how many they are.
    column: int
    columns: int = 1


COLUMNS = 4
#: Where nothing can be tapped, unless something waits for a yes: it tells the state.
STATE_COLUMN = 3
PLACES: Mapping[MenuState, tuple[Place, ...]] = {
    MenuState.IDLE: (Place(Item.NEW, 0), Place(Item.USE, 1), Place(Item.STATUS, 2)),
    MenuState.RUNNING: (Place(Item.STOP, 0), Place(Item.TAIL, 1), Place(Item.STATUS, 2)),
    MenuState.WAITING: (
        Place(Item.DENY, 0),
        Place(Item.SHOW, 1, columns=2),
        Place(Item.APPROVE, STATE_COLUMN),
    ),
}
