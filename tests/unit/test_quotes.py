"""Who quotes an answer speaks to the session that wrote it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.line.sent import accepted_before, sent_ids
from orchestrator_core.errors import MessengerUnclearError, PersonError
from orchestrator_core.model import Delivery, DeliveryState, Role, Session
from orchestrator_core.rights import Audience
from tests.admitted import OPERATOR, with_role
from tests.core import Core, token
from tests.people import HOME, OWNER, at_home, says
from tests.samples import a_delivery
from tests.turns import run_all


async def put(core: Core, text: str, turn_id: int | None) -> Delivery:
    new = a_delivery(OWNER, text=text, now=core.clock.now())
    async with core.store.transaction() as records:
        return await records.deliveries.add(replace(new, turn_id=turn_id))


async def send(core: Core) -> None:
    courier = core.courier()
    while await courier.send_due():
        await courier.settle()


async def known(core: Core, message_id: str) -> str | None:
    async with core.store.read() as records:
        return await records.sent_messages.session_of(OWNER, message_id)


async def answered(core: Core, prompt: str) -> Session:
    """A new session that has answered, by push."""
    session = await core.session()
    await core.ask(session, prompt)
    await run_all(core.worker())
    await send(core)
    return session


async def waits(core: Core, session: Session) -> list[str]:
    return [one.prompt for one in await core.open_turns(session.id)]


async def test_a_prompt_that_quotes_an_answer_goes_to_its_session() -> None:
    core = Core()
    first, second = await answered(core, "one"), await answered(core, "two")
    await core.answers(replace(says("more of that"), quoted_message_id="m1"))
    await core.answers("and here")

    assert await waits(core, first) == ["more of that"]
    assert await waits(core, second) == ["and here"]


async def test_what_says_whom_it_is_for_is_for_them_whatever_it_quotes() -> None:
    core = Core()
    first, second = await answered(core, "one"), await answered(core, "two")
    await core.answers(replace(says("@2 look"), quoted_message_id="m1"))

    assert await waits(core, first) == []
    assert await waits(core, second) == ["look"]


async def test_who_quotes_their_own_prompt_speaks_to_whom_they_asked() -> None:
    core = Core()
    first = await core.session()
    await core.ask(first, "one", origin=replace(at_home(), message_id="own"))
    await core.session()
    await core.answers(replace(says("faster"), quoted_message_id="own"))

    assert await waits(core, first) == ["one", "faster"]


async def test_a_quote_of_something_else_is_for_the_current_session() -> None:
    core = Core()
    session = await core.session()
    await core.answers(replace(says("and this?"), quoted_message_id="a picture of last year"))

    assert await waits(core, session) == ["and this?"]


async def test_a_quote_opens_no_session_that_is_closed_to_the_person() -> None:
    core = Core(audiences={"claude": Audience(people=frozenset({OWNER}))})
    session = await answered(core, "one")
    async with core.store.transaction() as records:
        await records.people.save(with_role(Role.OPERATOR))
    said = says("go on", person_id=OPERATOR, chat=HOME)
    with pytest.raises(PersonError) as error:
        await core.answers(replace(said, quoted_message_id="m1"))

    assert error.value.key == "rights.agent"
    assert await waits(core, session) == []


async def test_of_several_in_one_call_each_message_is_known_for_its_own_turn() -> None:
    core = Core()
    first, second = await core.session(), await core.session()
    one, two = await core.ask(first, "one"), await core.ask(second, "two")
    await put(core, "of one", one.id)
    await put(core, "of nobody", None)
    await put(core, "of two", two.id)
    await send(core)

    assert len(core.messenger.sent) == 1
    sessions = [await known(core, f"m{n}") for n in (1, 2, 3)]
    assert sessions == [first.id, None, second.id]


async def test_a_push_whose_answer_was_lost_is_known_once_it_was_made_again() -> None:
    core = Core()
    session = await core.session()
    turn = await core.ask(session, "one")
    await put(core, "answer", turn.id)
    core.messenger.fail_next(MessengerUnclearError("lost"), accepts=True)
    await send(core)
    before = await known(core, "m1")
    core.clock.advance(timedelta(minutes=1))
    await send(core)

    assert (before, await known(core, "m1")) == (None, session.id)
    assert [one.state for one in await core.deliveries()] == [DeliveryState.SENT]
    assert len(core.messenger.messages()) == 1


async def test_a_reply_is_known_like_a_push() -> None:
    core = Core()
    session = await core.session()
    await core.ask(session, "one", origin=at_home(OWNER, token(core)))
    await run_all(core.worker())
    await send(core)

    assert core.messenger.sent[0].reply_token == "token"
    assert await known(core, "m1") == session.id


@pytest.mark.parametrize(
    "answer",
    [
        *(None, [], "", {}, {"sentMessages": None}, {"sentMessages": [{"id": 7}]}),
        {"sentMessages": [{"id": "1"}, "2"]},
        {"sentMessages": [{"id": "1"}, {}]},
        {"sentMessages": [{"id": "x" * 65}]},
    ],
)
def test_where_anything_is_strange_no_id_is_believed(answer: Any) -> None:
    assert sent_ids(answer) == ()


@pytest.mark.parametrize("body", [None, "", "<html>", b"\xff", "[" * 100_000])
def test_what_was_told_the_first_time_may_be_unreadable(body: Any) -> None:
    assert sent_ids(accepted_before(body)) == ()
