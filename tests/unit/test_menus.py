"""Everybody sees the menu that fits: when it is changed, and what failures do to that."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from orchestrator_core.errors import MessengerBusyError, PersonError
from orchestrator_core.menus import BATCH, PAUSE, SETTLED, MenuSwitch
from orchestrator_core.messages import Card
from orchestrator_core.model import Language, Menu, MenuState, Role, TurnState
from tests.asked import DATABASE, questioned
from tests.core import Core
from tests.fakes.leader import FakeLeader, FakeLeaders
from tests.fakes.menus import FakeMenuBoard
from tests.people import OWNER
from tests.questions import asked

READY = [Menu(state=state, language=Language.ENGLISH, id=f"{state}-en") for state in MenuState]
SECOND = timedelta(seconds=1)


@dataclass(slots=True)
class Place:
    core: Core = field(default_factory=Core)
    board: FakeMenuBoard = field(default_factory=FakeMenuBoard)
    leaders: FakeLeaders = field(default_factory=FakeLeaders)
    switch: MenuSwitch = field(init=False)

    def __post_init__(self) -> None:
        self.switch = self.another()

    def another(self) -> MenuSwitch:
        """Another process."""
        return MenuSwitch(
            store=self.core.store,
            board=self.board,
            leader=FakeLeader(self.leaders),
            clock=self.core.clock,
        )

    async def look(self, later: timedelta = timedelta(0)) -> str | None:
        self.core.clock.advance(later)
        await self.switch.look()
        return self.board.shown.get(OWNER)


@pytest.fixture
async def place() -> Place:
    made = Place()
    await made.core.know()
    async with made.core.store.transaction() as records:
        await records.menus.save_ready(READY)
    return made


async def test_it_follows_work_and_its_end(place: Place) -> None:
    seen = [await place.look()]
    session = await place.core.session()
    turn = await place.core.ask(session)
    seen.append(await place.look(SETTLED))
    await place.core.save_turn(turn, state=TurnState.DONE)
    seen.append(await place.look(SETTLED))

    assert seen == ["idle-en", "running-en", "idle-en"]
    assert len(place.board.calls) == 3


async def test_nothing_is_called_while_nothing_changes(place: Place) -> None:
    await place.look()
    await place.look(SETTLED)
    await place.another().look()

    assert place.board.calls == [(OWNER, "idle-en")]


async def test_a_short_turn_leaves_the_menu_in_peace(place: Place) -> None:
    await place.look()
    await place.core.ask(await place.core.session())

    assert await place.look(SETTLED - SECOND) == "idle-en"
    assert await place.look(SECOND) == "running-en"


async def test_what_waits_for_a_yes_is_shown_at_once(place: Place) -> None:
    async with asked(place.core) as question:
        await place.look()
        await question.tap()
        after = await place.look(SECOND)
        settled = await place.look(SETTLED)

    assert [menu for _, menu in place.board.calls] == ["waiting-en", "running-en"]
    assert (after, settled) == ("waiting-en", "running-en")


async def test_only_the_leader_changes_menus(place: Place) -> None:
    other = place.another()
    await place.look()
    await place.core.ask(await place.core.session())
    place.core.clock.advance(SETTLED)
    await other.look()

    assert place.board.calls == [(OWNER, "idle-en")]


async def test_what_the_channel_did_not_take_is_tried_again_after_a_pause(place: Place) -> None:
    place.board.error = MessengerBusyError("LINE answered 429.")
    await place.look()
    place.board.error = None
    meanwhile = await place.look(PAUSE - SECOND)
    after = await place.look(SECOND)

    assert (meanwhile, after) == (None, "idle-en")
    assert len(place.board.calls) == 2


async def test_a_crash_after_the_call_only_repeats_it(place: Place) -> None:
    place.core.store.error = OSError("the process ends here")
    with pytest.raises(OSError, match="ends here"):
        await place.look()
    place.core.store.error = None
    await place.another().look()
    place.leaders.leading = None
    await place.another().look()

    assert place.board.calls == [(OWNER, "idle-en")] * 2
    assert await place.look(SETTLED) == "idle-en"


async def test_whoever_is_not_there_holds_nobody_up(place: Place) -> None:
    known = await place.core.know()
    async with place.core.store.transaction() as records:
        for name in ("U-aaa", "U-zzz"):
            await records.people.save(replace(known, id=name))
    place.board.absent.add("U-aaa")
    await place.look()
    await place.look(SETTLED)

    assert [person for person, _ in place.board.calls] == ["U-aaa", OWNER, "U-zzz"]
    assert place.board.shown.keys() == {OWNER, "U-zzz"}


async def test_a_role_taken_away_takes_the_menu_with_it(place: Place) -> None:
    await place.look()
    known = await place.core.know()
    async with place.core.store.transaction() as records:
        await records.people.save(replace(known, role=Role.STRANGER))

    assert await place.look() is None
    assert place.board.calls[-1] == (OWNER, None)


async def test_many_come_in_batches(place: Place) -> None:
    known = await place.core.know()
    async with place.core.store.transaction() as records:
        for number in range(BATCH):
            await records.people.save(replace(known, id=f"U{number}"))
    await place.look()
    first = len(place.board.shown)
    await place.look()

    assert (first, len(place.board.shown)) == (BATCH, BATCH + 1)


async def test_show_brings_the_card_of_what_waits_with_its_buttons() -> None:
    core = Core()
    async with asked(core):
        before = [one for one in core.renderer.shown if isinstance(one, Card)]
        [again] = await core.answers("/approve show")

    assert before == [again]


async def test_show_brings_a_question_of_claudes_too() -> None:
    core = Core()
    async with questioned(core, DATABASE):
        before = [one for one in core.renderer.shown if isinstance(one, Card)]
        [again] = await core.answers("/approve 表示")

    assert before == [again]


async def test_with_nothing_to_show_it_says_so() -> None:
    with pytest.raises(PersonError) as caught:
        await Core().answers("/approve show")

    assert caught.value.key == "approval.none"
