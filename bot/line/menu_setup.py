"""Brings the rich menus of a channel to what they should be, and shows everybody theirs.

Run again it changes only what differs; run again after it was cut off it goes on.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.line.menu_design import Design
from bot.line.menus import LineMenuShelf
from orchestrator_core.errors import MessageRefusedError
from orchestrator_core.languages import language_of_tag
from orchestrator_core.menus import change_menus, show
from orchestrator_core.model import Language, Menu, MenuChange, MenuState
from orchestrator_core.ports import Clock, MenuBoard, Messenger, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How many menus, and how many people who see another one now."""

    made: int
    kept: int
    deleted: int
    shown: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuSetup:
    """Raises the MessengerErrors."""

    store: Store
    shelf: LineMenuShelf
    board: MenuBoard
    messenger: Messenger
    clock: Clock
    #: Whom the settings name: they see a menu before they ever said a word.
    owners: Collection[str]

    async def run(self, designs: Sequence[Design]) -> Outcome:
        names = await self.shelf.names()
        async with self.store.read() as records:
            # Those alone are known to have been made to their end, with a picture.
            whole = {menu.id for menu in await records.menus.ready()}
        kept = {name: menu_id for menu_id, name in names.items() if menu_id in whole}
        ready = [
            Menu(
                state=one.state,
                language=one.language,
                id=kept.get(one.name) or await self.shelf.make(one),
            )
            for one in designs
        ]
        async with self.store.transaction() as records:
            await records.menus.save_ready(ready)
        shown = await self._show_known() + await self._show_unmet(ready)
        # Last: whoever still sees one of them would be left without.
        outdated = names.keys() - {menu.id for menu in ready}
        for menu_id in outdated:
            await self.shelf.delete(menu_id)
        made = sum(menu.id not in whole for menu in ready)
        return Outcome(made=made, kept=len(ready) - made, deleted=len(outdated), shown=shown)

    async def _show_known(self) -> int:
        now, shown = self.clock.now(), 0
        while changed := await change_menus(self.store, self.board, now, settled_by=now):
            shown += changed
        return shown

    async def _show_unmet(self, ready: Sequence[Menu]) -> int:
        idle = {menu.language: menu.id for menu in ready if menu.state is MenuState.IDLE}
        shown = 0
        for owner in sorted(self.owners):
            async with self.store.read() as records:
                known = await records.people.get(owner)
                now_shown = await records.menus.shown_to(owner)
            if known is not None or now_shown in idle.values():
                continue
            menu_id = idle.get(await self._language(owner), idle[Language.ENGLISH])
            change = MenuChange(person_id=owner, menu_id=menu_id)
            shown += await show(self.store, self.board, change, self.clock.now())
        return shown

    async def _language(self, person_id: str) -> Language:
        try:
            profile = await self.messenger.profile(person_id)
        except MessageRefusedError:
            return Language.ENGLISH
        return language_of_tag(profile.language or "")
