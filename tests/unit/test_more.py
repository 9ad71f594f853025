"""Reading on in a long answer: `/more`, and the button below each page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orchestrator_core.errors import PersonError
from orchestrator_core.incoming import ButtonTapped
from orchestrator_core.messages import Answer, Message, PageTap
from orchestrator_core.model import Chat, MessageRole, Session, SessionMessage
from tests.core import Core
from tests.people import GROUP, HOME, OWNER
from tests.turns import run_all

KEPT = "# A long answer"


async def answered(core: Core, text: str = KEPT, *, turn_id: int = 7) -> Session:
    """The current session, in which Claude has said this."""
    session = await core.session()
    await say_in(core, session, text, turn_id=turn_id)
    return session


async def say_in(core: Core, session: Session, text: str, *, turn_id: int) -> None:
    async with core.store.transaction() as records:
        await records.log.add_message(
            SessionMessage(
                session_id=session.id,
                turn_id=turn_id,
                role=MessageRole.ANSWER,
                text=text,
                created_at=core.clock.now(),
            )
        )


async def tap(core: Core, tapped: PageTap, *, chat: Chat = HOME) -> list[Message]:
    act = ButtonTapped(chat=chat, person_id=OWNER, reply_token=None, tap=tapped)
    return await core.answers(act)


@pytest.mark.parametrize(
    ("said", "page"),
    [("/more", 2), ("/more 3", 3), ("／続き　３", 3), ("/more #1", 2), ("/more #1 4", 4)],
)
async def test_more_shows_the_next_page_of_the_last_answer_or_the_one_named(
    said: str, page: int
) -> None:
    core = Core()
    session = await answered(core, "an earlier one", turn_id=3)
    await say_in(core, session, KEPT, turn_id=7)
    [message] = await core.answers(said)

    assert isinstance(message, Answer)
    assert (message.text, message.turn_id, message.page) == (KEPT, 7, page)


@pytest.mark.parametrize("argument", ["next", "0", "-1", "1.5", "9999999", "2 3"])
async def test_what_is_no_page_is_told_so(argument: str) -> None:
    core = Core()
    await answered(core)

    with pytest.raises(PersonError) as error:
        await core.answers(f"/more {argument}")
    assert error.value.key == "more.no_page"


async def test_without_an_answer_there_is_nothing_more() -> None:
    core = Core()
    with pytest.raises(PersonError) as none:
        await core.answers("/more")
    await core.session()
    with pytest.raises(PersonError) as empty:
        await core.answers("/more")

    assert (none.value.key, empty.value.key) == ("session.none", "more.none")


async def test_a_tap_shows_its_page_of_its_answer_whatever_came_after_it() -> None:
    core = Core()
    session = await answered(core)
    await say_in(core, session, "a later one", turn_id=8)
    await core.session()
    [message] = await tap(core, PageTap(turn_id=7, session_id=session.id, page=2))

    assert isinstance(message, Answer)
    assert (message.text, message.page) == (KEPT, 2)
    assert (message.turn_id, message.session_id) == (7, session.id)


async def test_in_a_group_anybody_with_a_role_reads_on() -> None:
    core = Core()
    session = await answered(core)
    [message] = await tap(core, PageTap(turn_id=7, session_id=session.id, page=3), chat=GROUP)

    assert isinstance(message, Answer)
    assert message.page == 3


async def test_a_button_whose_answer_is_not_kept_any_more_says_so() -> None:
    core = Core()
    session = await answered(core)
    kept = PageTap(turn_id=7, session_id=session.id, page=2)

    for gone in (replace(kept, turn_id=8), replace(kept, session_id="unknown")):
        with pytest.raises(PersonError) as error:
            await tap(core, gone)
        assert error.value.key == "more.gone"


async def test_an_answer_tells_its_session_and_what_its_turn_cost() -> None:
    core = Core()
    await core.ask(await core.session(), "fix the test")
    await run_all(core.worker())
    [answer] = [one for one in core.renderer.shown if isinstance(one, Answer)]

    assert answer.title == "#1 fix the test"
    assert answer.status == "done, $0.01"
    assert answer.summary == "fix the test: done, $0.01"
