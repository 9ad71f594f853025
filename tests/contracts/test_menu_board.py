"""What every MenuBoard promises: the one in memory, and LINE's stand-in over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest

from bot.line.menu_design import designs
from bot.line.menus import LineMenuBoard, LineMenuShelf
from bot.line.messenger import LineMessenger
from bot.simulator.line_faults import Fault
from bot.simulator.line_platform import LinePlatform
from bot.simulator.line_state import user_id
from orchestrator_core.errors import (
    MessageRefusedError,
    MessengerBusyError,
    MessengerError,
    MessengerUnclearError,
)
from orchestrator_core.model import Language
from orchestrator_core.ports import MenuBoard
from tests.fakes.menus import FakeMenuBoard

ANN, NOBODY = user_id("ann"), user_id("nobody")


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    board: MenuBoard
    menus: tuple[str, str]
    seen_by: Callable[[str], str | None]
    fail: Callable[[Fault], None]


def in_memory() -> Board:
    fake = FakeMenuBoard(absent={NOBODY})
    errors: dict[Fault, MessengerError] = {
        Fault.RATE_LIMIT: MessengerBusyError("LINE answered 429."),
        Fault.ERROR: MessengerUnclearError("LINE answered 500."),
    }

    def fail(fault: Fault) -> None:
        fake.error = errors[fault]

    return Board(board=fake, menus=("one", "two"), seen_by=fake.shown.get, fail=fail)


@pytest.fixture(params=["fake", "line"])
async def board(request: pytest.FixtureRequest) -> AsyncIterator[Board]:
    if request.param == "fake":
        yield in_memory()
        return
    line = LinePlatform(channel_secret="secret", channel_access_token="access")
    line.people.meet(ANN)
    async with (
        line.serve() as url,
        LineMessenger(access_token="access", api_base=url) as messenger,
    ):
        shelf = LineMenuShelf(messenger=messenger, access_token="access", data_base=url)
        one, two, _ = [await shelf.make(design) for design in designs([Language.ENGLISH])]
        yield Board(
            board=LineMenuBoard(messenger),
            menus=(one, two),
            seen_by=line.menus.of_person.get,
            fail=lambda fault: line.faults.order(fault, calls=["menu"]),
        )


async def test_a_person_sees_the_menu_shown_last(board: Board) -> None:
    one, two = board.menus
    await board.board.show_menu(ANN, one)
    await board.board.show_menu(ANN, two)
    await board.board.show_menu(ANN, two)

    assert board.seen_by(ANN) == two


async def test_a_hidden_menu_is_seen_no_more_however_often(board: Board) -> None:
    await board.board.show_menu(ANN, board.menus[0])
    await board.board.hide_menu(ANN)
    await board.board.hide_menu(ANN)

    assert board.seen_by(ANN) is None


async def test_whoever_is_not_there_is_refused_for_good(board: Board) -> None:
    with pytest.raises(MessageRefusedError):
        await board.board.show_menu(NOBODY, board.menus[0])

    assert board.seen_by(NOBODY) is None


@pytest.mark.parametrize(
    ("fault", "error"),
    [(Fault.RATE_LIMIT, MessengerBusyError), (Fault.ERROR, MessengerUnclearError)],
)
async def test_a_failure_that_may_pass_is_no_refusal(
    board: Board, fault: Fault, error: type[MessengerError]
) -> None:
    board.fail(fault)

    with pytest.raises(error):
        await board.board.show_menu(ANN, board.menus[0])
    assert board.seen_by(ANN) is None
