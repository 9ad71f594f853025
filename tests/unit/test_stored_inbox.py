"""The stored inbox and late turns: nothing is pushed in a frugal chat, and nothing is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orchestrator_core.errors import PersonError
from orchestrator_core.incoming import ButtonTapped
from orchestrator_core.late_turns import SPENT_BEFORE, LateTurns
from orchestrator_core.messages import ResultTap
from orchestrator_core.model import (
    DeliveryKind,
    DeliveryState,
    QuotaMode,
    ReplyToken,
    Turn,
    TurnState,
)
from orchestrator_core.progress import Progress
from tests.core import Core, token
from tests.mail import choose, know_quota, put, quota_of, send, sent_texts
from tests.people import GROUP, HOME, OWNER, at_home, says
from tests.turns import run_all

SECOND = timedelta(seconds=1)
FIFTY = 50 * SECOND
#: About 45 seconds after an event.
LATE = FIFTY - SPENT_BEFORE + SECOND


def late(core: Core) -> LateTurns:
    return LateTurns(
        store=core.store,
        outbox=core.outbox,
        rules=core.quota_rules,
        clock=core.clock,
        progress=Progress(every=timedelta(minutes=3)),
    )


async def asked(core: Core, mode: QuotaMode = QuotaMode.FRUGAL, *, ago: timedelta = LATE) -> Turn:
    """A prompt with a reply token, in a chat of this mode."""
    await core.know()
    await choose(core, mode, HOME.id)
    session = await core.session()
    turn = await core.ask(session, origin=at_home(reply_token=token(core)))
    core.clock.advance(ago)
    return turn


async def hear(core: Core, text: str, value: str) -> None:
    await core.receive(says(text, reply_token=token(core, value)))
    await core.intake().handle_new()
    await send(core)


async def tap(core: Core, turn: Turn, value: str) -> None:
    carried = ResultTap(turn_id=turn.id, session_id=turn.session_id)
    tapped = ButtonTapped(chat=HOME, person_id=OWNER, reply_token=token(core, value), tap=carried)
    await core.receive(tapped)  # type: ignore[arg-type]
    await core.intake().handle_new()
    await send(core)


def tokens(core: Core) -> list[str | None]:
    return [call.reply_token for call in core.messenger.sent]


async def finish(core: Core) -> None:
    await run_all(core.worker())
    await send(core)


async def test_a_turn_that_outlives_its_token_spends_it_on_a_card_with_a_button() -> None:
    core = Core()
    turn = await asked(core)
    await late(core).look()
    await late(core).look()
    await send(core)

    [call] = core.messenger.sent
    [card] = call.messages
    assert (call.reply_token, card["title"]) == ("token", "Still working")
    [(label, carried)] = card["buttons"].items()
    assert label == "Get result"
    assert carried.startswith(f"result of {turn.id} in {turn.session_id}")
    assert (await core.read_turn(turn.id)).reply_token is None


@pytest.mark.parametrize("since", [timedelta(0), LATE - 2 * SECOND, FIFTY])
async def test_before_and_after_its_time_the_token_is_left_alone(since: timedelta) -> None:
    core = Core()
    await asked(core, ago=since)
    await late(core).look()

    assert await core.deliveries() == []


@pytest.mark.parametrize("state", [TurnState.HELD, TurnState.DONE])
async def test_a_turn_that_is_not_at_work_keeps_its_token(state: TurnState) -> None:
    core = Core()
    turn = await asked(core)
    await core.save_turn(turn, state=state)
    await late(core).look()

    assert await core.deliveries() == []


async def test_where_answers_are_pushed_the_token_is_not_spent() -> None:
    core = Core()
    turn = await asked(core, QuotaMode.AUTO)
    await know_quota(core, limit=200, used=0)
    await late(core).look()
    plenty = await core.deliveries()
    await know_quota(core, limit=200, used=190)
    await late(core).look()

    assert plenty == []
    assert [one.kind for one in await core.deliveries()] == [DeliveryKind.PROGRESS]
    assert (await core.read_turn(turn.id)).reply_token is None


async def test_a_tap_before_the_answer_makes_the_answer_free() -> None:
    core = Core()
    turn = await asked(core)
    await late(core).look()
    await send(core)
    core.clock.advance(FIFTY)
    await tap(core, turn, "of the tap")
    await finish(core)

    assert tokens(core) == ["token", "of the tap"]
    assert (await quota_of(core)).used == core.messenger.pushes_charged == 0


async def test_an_answer_that_comes_first_waits_for_the_tap() -> None:
    core = Core()
    turn = await asked(core)
    await late(core).look()
    await send(core)
    await finish(core)
    waiting = await core.deliveries(DeliveryState.INBOX)
    await tap(core, turn, "of the tap")

    assert len(waiting) == 1
    assert waiting[0].turn_id == turn.id
    assert tokens(core) == ["token", "of the tap"]
    assert core.messenger.sent[1].messages == waiting[0].messages


async def test_a_turn_that_outlives_the_tap_s_token_too_brings_the_card_again() -> None:
    core = Core()
    turn = await asked(core)
    await late(core).look()
    await send(core)
    core.clock.advance(FIFTY)
    await tap(core, turn, "of the tap")
    core.clock.advance(LATE)
    await late(core).look()
    await send(core)

    assert tokens(core) == ["token", "of the tap"]
    assert [message["title"] for message in core.messenger.messages()] == ["Still working"] * 2


async def test_a_second_tap_is_told_where_the_answer_is() -> None:
    core = Core()
    turn = await asked(core)
    await late(core).look()
    await send(core)
    await finish(core)
    await tap(core, turn, "first")
    await tap(core, turn, "second")

    assert "sent already" in sent_texts(core)[-1]


async def test_a_tap_for_a_task_of_a_stopped_session_says_what_to_do() -> None:
    core = Core()
    turn = await asked(core)
    await core.save_turn(turn, state=TurnState.HELD)
    await tap(core, turn, "tap")

    assert "/use" in sent_texts(core)[-1]


@pytest.mark.parametrize("change", [{"turn_id": 99}, {"session_id": "f" * 32}])
async def test_a_tap_of_another_database_finds_nothing(change: dict[str, object]) -> None:
    core = Core()
    turn = await asked(core)
    carried = {"turn_id": turn.id, "session_id": turn.session_id, **change}
    tapped = ButtonTapped(
        chat=HOME,
        person_id=OWNER,
        reply_token=None,
        tap=ResultTap(**carried),  # type: ignore[arg-type]
    )

    with pytest.raises(PersonError) as error:
        await core.answers(tapped)
    assert error.value.key == "result.gone"


async def kept(core: Core, *texts: str) -> None:
    await core.know()
    await choose(core, QuotaMode.FRUGAL, HOME.id)
    for text in texts:
        await put(core, text, chat=HOME.id)
        await send(core)


@pytest.mark.parametrize("said", ["/inbox", "/status", "/受信箱"])
async def test_any_message_brings_what_waits(said: str) -> None:
    core = Core()
    await kept(core, "one", "two")
    await hear(core, said, "fresh")

    assert tokens(core) == ["fresh"]
    assert sent_texts(core)[:2] == ["one", "two"]
    assert await core.deliveries(DeliveryState.INBOX) == []


async def test_a_prompt_s_token_waits_for_its_answer_and_then_brings_all() -> None:
    core = Core()
    await kept(core, "one")
    await hear(core, "do this", "fresh")
    before = list(core.messenger.sent)
    await finish(core)

    assert before == []
    assert tokens(core) == ["fresh"]
    assert sent_texts(core)[0] == "one"
    assert len(sent_texts(core)) == 2


async def test_more_than_one_call_takes_is_announced_with_a_button() -> None:
    core = Core()
    await kept(core, *"abcdefg")
    await hear(core, "/inbox", "first")
    first = core.messenger.sent[-1].messages
    await hear(core, "/inbox", "second")

    assert [message["text"] for message in first[:4]] == ["a", "b", "c", "d"]
    assert first[4]["buttons"] == {"Fetch what waits": "/inbox"}
    assert [message["text"] for message in core.messenger.sent[-1].messages] == ["e", "f", "g"]
    assert tokens(core) == ["first", "second"]


async def test_an_answer_tells_that_more_waits_than_goes_along() -> None:
    core = Core()
    await kept(core, *"abcdef")
    await hear(core, "/help", "fresh")

    [call] = core.messenger.sent
    assert [message["text"] for message in call.messages[:3]] == ["a", "b", "c"]
    assert "Fetch what waits" in call.messages[-1]["buttons"]
    assert len(await core.deliveries(DeliveryState.INBOX)) == 3


async def test_an_empty_inbox_is_said_to_be_empty() -> None:
    core = Core()
    await core.know()

    assert await core.only_answer("/inbox") == "Nothing waits for you here."


async def test_a_token_that_has_ended_brings_nothing_and_nothing_is_lost() -> None:
    core = Core()
    await kept(core, "one")
    old = ReplyToken(value="old", expires_at=core.clock.now())
    await core.receive(says("/inbox", reply_token=old))
    await core.intake().handle_new()
    await send(core)

    assert core.messenger.sent == []
    assert len(await core.deliveries(DeliveryState.INBOX)) == 1


async def test_a_stranger_fetches_nothing_from_a_group() -> None:
    core = Core()
    await choose(core, QuotaMode.FRUGAL, GROUP.id)
    await put(core, "one", chat=GROUP.id)
    await send(core)
    stranger = says("hi", person_id="U-stranger", chat=GROUP, reply_token=token(core))
    await core.receive(stranger)
    await core.intake().handle_new()
    await send(core)
    unfetched = list(core.messenger.sent)
    await core.know()
    await core.receive(says("we talk", chat=GROUP, reply_token=token(core, "owner's")))
    await core.intake().handle_new()
    await send(core)

    assert unfetched == []
    assert (tokens(core), sent_texts(core)) == (["owner's"], ["one"])
