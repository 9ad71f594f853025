"""Menus: which stand ready, who sees which, and showing them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from orchestrator_core.model import Menu, MenuChange


class Menus(Protocol):
    """What is stored of them. Which one a person should see follows from everything else that is
    stored, so nothing that happens has to say so."""

    async def ready(self) -> list[Menu]:
        """Those that stand ready on the channel, by their ids."""
        ...

    async def save_ready(self, menus: Collection[Menu]) -> None:
        """These and no others, each with a state and language of its own."""
        ...

    async def to_change(
        self, now: datetime, *, settled_by: datetime, limit: int
    ) -> list[MenuChange]:
        """Owners and operators who should see another menu than was last shown to them, and
        others who should see none any more; by person.

        In a language that has no menus they see the English ones; while there are none nobody's
        is changed. Whose menu was changed after `settled_by` is left in peace, unless something
        waits for them.
        """
        ...

    async def shown_to(self, person_id: str) -> str | None: ...

    async def save_shown(self, change: MenuChange, now: datetime) -> None: ...


class MenuBoard(Protocol):
    """The channel's side; raises the MessengerErrors. Nothing of it counts against a quota."""

    async def show_menu(self, person_id: str, menu_id: str) -> None: ...

    async def hide_menu(self, person_id: str) -> None:
        """Also when they see none."""
        ...
