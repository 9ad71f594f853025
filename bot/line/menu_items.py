"""What can be tapped in a rich menu, in which state of a person, and what a tap says.

A menu is shared by all who see it, so its taps are typed commands: they carry no answer that
is signed for one person.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

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


ITEMS: Mapping[MenuState, tuple[Item, ...]] = {
    MenuState.IDLE: (Item.NEW, Item.USE, Item.STATUS),
    MenuState.RUNNING: (Item.STOP, Item.TAIL, Item.STATUS),
    MenuState.WAITING: (Item.APPROVE, Item.DENY, Item.SHOW),
}
