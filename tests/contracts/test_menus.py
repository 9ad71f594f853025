"""What every Menus promises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from orchestrator_core.model import (
    ApprovalState,
    Binding,
    Language,
    Menu,
    MenuChange,
    MenuState,
    NewApproval,
    Person,
    Role,
    TurnState,
)
from orchestrator_core.ports import Records, Store
from tests.fakes.clock import NOON
from tests.samples import a_turn, add_session

SECOND = timedelta(seconds=1)
ME = Person(id="U1", role=Role.OWNER, language=Language.ENGLISH)
READY = [
    Menu(state=state, language=language, id=f"{state}-{language}")
    for language in (Language.ENGLISH, Language.JAPANESE)
    for state in MenuState
]


async def prepare(store: Store, *people: Person, menus: Sequence[Menu] = READY) -> None:
    async with store.transaction() as records:
        await records.menus.save_ready(menus)
        for person in people or (ME,):
            await records.people.save(person)


async def work(records: Records, state: TurnState = TurnState.RUNNING, chat: str = "U1") -> int:
    """A turn of the session that this chat is in."""
    session = await add_session(records)
    await records.bindings.save(Binding(chat_id=chat, session_id=session.id))
    turn, _ = await records.turns.enqueue(a_turn(session))
    await records.turns.save(replace(turn, state=state))
    return turn.id


def waiting_for(person_id: str | None, *, second_person: bool = False) -> NewApproval:
    return NewApproval(
        turn_id=1,
        session_id="s" * 32,
        nonce="n",
        tool="Bash",
        tool_input={},
        person_id=person_id,
        created_at=NOON,
        expires_at=NOON + SECOND,
        second_person=second_person,
    )


async def wanted(store: Store, *, limit: int = 9, settled: bool = True) -> dict[str, str | None]:
    settled_by = NOON if settled else NOON - SECOND
    async with store.read() as records:
        found = await records.menus.to_change(NOON, settled_by=settled_by, limit=limit)
    assert [one.person_id for one in found] == sorted(one.person_id for one in found)
    return {one.person_id: one.menu_id for one in found}


async def show(store: Store, person_id: str, menu_id: str | None) -> None:
    async with store.transaction() as records:
        await records.menus.save_shown(MenuChange(person_id=person_id, menu_id=menu_id), NOON)


async def test_what_stands_ready_is_replaced_as_a_whole(store: Store) -> None:
    async with store.read() as records:
        assert await records.menus.ready() == []
    await prepare(store)
    async with store.read() as records:
        assert await records.menus.ready() == sorted(READY, key=lambda menu: menu.id)
    other = replace(READY[0], id="other")
    await prepare(store, menus=[other])

    async with store.read() as records:
        assert await records.menus.ready() == [other]


async def test_whoever_may_command_sees_a_menu_in_their_language(store: Store) -> None:
    await prepare(
        store,
        ME,
        replace(ME, id="U2", role=Role.OPERATOR, language=Language.JAPANESE),
        replace(ME, id="U3", role=Role.VIEWER),
        replace(ME, id="U4", role=Role.STRANGER),
    )

    assert await wanted(store) == {"U1": "idle-en", "U2": "idle-ja"}
    assert await wanted(store, limit=1) == {"U1": "idle-en"}


async def test_a_language_without_menus_has_the_english_ones(store: Store) -> None:
    english = [one for one in READY if one.language is Language.ENGLISH]
    await prepare(store, replace(ME, language=Language.JAPANESE), menus=english)

    assert await wanted(store) == {"U1": "idle-en"}


async def test_without_menus_nothing_is_changed(store: Store) -> None:
    await prepare(store, menus=[])
    await show(store, "U1", "old")

    assert await wanted(store) == {}


async def test_what_is_shown_already_is_not_shown_again(store: Store) -> None:
    await prepare(store)
    await show(store, "U1", "idle-en")

    assert await wanted(store) == {}
    async with store.transaction() as records:
        assert await records.menus.shown_to("U1") == "idle-en"
        assert await records.menus.shown_to("U2") is None
        await records.people.save(replace(ME, language=Language.JAPANESE))
    assert await wanted(store) == {"U1": "idle-ja"}


@pytest.mark.parametrize("state", [TurnState.QUEUED, TurnState.RUNNING])
async def test_work_of_the_current_session_shows(store: Store, state: TurnState) -> None:
    await prepare(store)
    async with store.transaction() as records:
        await work(records, state)

    assert await wanted(store) == {"U1": "running-en"}


@pytest.mark.parametrize("state", [TurnState.HELD, TurnState.DONE, TurnState.STOPPED])
async def test_what_is_over_or_held_is_no_work(store: Store, state: TurnState) -> None:
    await prepare(store)
    async with store.transaction() as records:
        await work(records, state)

    assert await wanted(store) == {"U1": "idle-en"}


async def test_work_of_another_session_or_chat_does_not_show(store: Store) -> None:
    await prepare(store)
    async with store.transaction() as records:
        await work(records)
        await work(records, chat="C1")
        session = await add_session(records)
        await records.bindings.save(Binding(chat_id="U1", session_id=session.id))

    assert await wanted(store) == {"U1": "idle-en"}


async def test_what_waits_for_a_yes_comes_before_work(store: Store) -> None:
    await prepare(store)
    async with store.transaction() as records:
        await work(records)
        approval = await records.approvals.add(waiting_for("U1"))
    assert await wanted(store) == {"U1": "waiting-en"}
    async with store.transaction() as records:
        await records.approvals.save(replace(approval, state=ApprovalState.ALLOWED))

    assert await wanted(store) == {"U1": "running-en"}


async def test_what_nobody_can_answer_any_more_does_not_wait(store: Store) -> None:
    await prepare(store)
    async with store.transaction() as records:
        await records.approvals.add(replace(waiting_for("U1"), expires_at=NOON))

    assert await wanted(store) == {"U1": "idle-en"}


async def test_a_call_of_nobody_waits_for_every_owner(store: Store) -> None:
    await prepare(store, ME, replace(ME, id="U2", role=Role.OPERATOR))
    async with store.transaction() as records:
        await records.approvals.add(waiting_for(None))

    assert await wanted(store) == {"U1": "waiting-en", "U2": "idle-en"}


async def test_who_said_the_first_of_two_yes_is_not_waited_for(store: Store) -> None:
    await prepare(
        store,
        *(replace(ME, id=one) for one in ("U1", "U3")),
        replace(ME, id="U2", role=Role.OPERATOR),
    )
    async with store.transaction() as records:
        approval = await records.approvals.add(waiting_for("U2", second_person=True))
    assert set((await wanted(store)).values()) == {"waiting-en"}
    async with store.transaction() as records:
        await records.approvals.save(replace(approval, first_yes="U2"))

    assert await wanted(store) == {"U1": "waiting-en", "U2": "idle-en", "U3": "waiting-en"}


async def test_a_menu_rests_a_while_unless_something_waits(store: Store) -> None:
    await prepare(store)
    await show(store, "U1", "idle-en")
    async with store.transaction() as records:
        await work(records)
    assert await wanted(store, settled=False) == {}
    assert await wanted(store) == {"U1": "running-en"}
    async with store.transaction() as records:
        await records.approvals.add(waiting_for("U1"))

    assert await wanted(store, settled=False) == {"U1": "waiting-en"}


async def test_who_may_not_command_any_more_loses_it(store: Store) -> None:
    await prepare(store, replace(ME, role=Role.VIEWER))
    await show(store, "U1", "idle-en")
    await show(store, "unmet", "idle-en")

    assert await wanted(store) == {"U1": None}
    await show(store, "U1", None)
    assert await wanted(store) == {}
