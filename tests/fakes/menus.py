"""Menus in memory: who should see which; and a channel that shows them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from orchestrator_core.errors import MessageRefusedError, MessengerError
from orchestrator_core.model import (
    Approval,
    ApprovalState,
    Language,
    Menu,
    MenuChange,
    MenuState,
    Person,
    Role,
    TurnState,
)
from tests.fakes.state import FakeTable, aware

_COMMANDING = (Role.OWNER, Role.OPERATOR)
_AT_WORK = (TurnState.QUEUED, TurnState.RUNNING)


class FakeMenus(FakeTable):
    async def ready(self) -> list[Menu]:
        return sorted(self.state.menus.values(), key=lambda menu: menu.id)

    async def save_ready(self, menus: Collection[Menu]) -> None:
        self.state.menus.clear()
        self.state.menus.update({(one.state, one.language): one for one in menus})

    async def to_change(
        self, now: datetime, *, settled_by: datetime, limit: int
    ) -> list[MenuChange]:
        aware(now, settled_by)
        found = [
            change
            for _, person in sorted(self.state.people.items())
            if (change := self._change_for(person, now, settled_by))
        ]
        return found[:limit]

    async def shown_to(self, person_id: str) -> str | None:
        return self.state.shown_menus.get(person_id, (None, None))[0]

    async def save_shown(self, change: MenuChange, now: datetime) -> None:
        aware(now)
        self.state.shown_menus.pop(change.person_id, None)
        if change.menu_id is not None:
            self.state.shown_menus[change.person_id] = (change.menu_id, now)

    def _change_for(
        self, person: Person, now: datetime, settled_by: datetime
    ) -> MenuChange | None:
        shown, changed_at = self.state.shown_menus.get(person.id, (None, None))
        if person.role not in _COMMANDING:
            return MenuChange(person_id=person.id, menu_id=None) if shown else None
        state = self._state_of(person, now)
        english = self.state.menus.get((state, Language.ENGLISH))
        menu = self.state.menus.get((state, person.language), english)
        if menu is None or menu.id == shown:
            return None
        if changed_at and changed_at > settled_by and state is not MenuState.WAITING:
            return None
        return MenuChange(person_id=person.id, menu_id=menu.id)

    def _state_of(self, person: Person, now: datetime) -> MenuState:
        if any(_waits_for(person, one, now) for one in self.state.approvals.values()):
            return MenuState.WAITING
        binding = self.state.bindings.get(person.id)
        at_work = binding is not None and any(
            turn.session_id == binding.session_id and turn.state in _AT_WORK
            for turn in self.state.turns.values()
        )
        return MenuState.RUNNING if at_work else MenuState.IDLE


def _waits_for(person: Person, approval: Approval, now: datetime) -> bool:
    if approval.state is not ApprovalState.PENDING or approval.expires_at <= now:
        return False
    any_owner = approval.person_id is None or approval.second_person
    theirs = approval.person_id == person.id or (any_owner and person.role is Role.OWNER)
    return theirs and approval.first_yes != person.id


@dataclass(slots=True, kw_only=True)
class FakeMenuBoard:
    """Shows any menu to anybody, unless it is told to fail."""

    shown: dict[str, str] = field(default_factory=dict)
    #: Person and menu of each call, failed or not.
    calls: list[tuple[str, str | None]] = field(default_factory=list)
    error: MessengerError | None = None
    #: People who are not there.
    absent: set[str] = field(default_factory=set)

    async def show_menu(self, person_id: str, menu_id: str) -> None:
        self._call(person_id, menu_id)
        self.shown[person_id] = menu_id

    async def hide_menu(self, person_id: str) -> None:
        self._call(person_id, None)
        self.shown.pop(person_id, None)

    def _call(self, person_id: str, menu_id: str | None) -> None:
        self.calls.append((person_id, menu_id))
        if self.error is not None:
            raise self.error
        if person_id in self.absent:
            raise MessageRefusedError("LINE answered 404.")
