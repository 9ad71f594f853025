"""Chats that are joined and left, and messages that are taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from orchestrator_core.incoming import Followed, Incoming, Joined, Left, Unsent
from orchestrator_core.model import (
    DeliveryState,
    InboxState,
    Turn,
    TurnState,
)
from tests.core import Core
from tests.intakes import states
from tests.people import GROUP, HOME, OWNER, STRANGER, says
from tests.samples import an_event

SAID = replace(says("my secret"), message_id="m")
UNSENT = Unsent(chat=HOME, message_id="m")
LEFT = Left(chat=HOME)
FOLLOWED = Followed(chat=HOME, person_id=OWNER, reply_token=None)


async def arrive(core: Core, *acts: Incoming, at: int = 0) -> None:
    """Store what happened, one after the other, each of them a millisecond later."""
    for later, one in enumerate(acts):
        event = an_event(payload=core.reader.means(one))
        await core.store.take_in(
            [
                replace(
                    event,
                    chat_id=getattr(one, "chat", HOME).id,
                    message_id=getattr(one, "message_id", None),
                    timestamp_ms=at + later,
                )
            ]
        )


async def handle(core: Core, *acts: Incoming, at: int = 0) -> None:
    """Each before the next one arrives."""
    intake = core.intake()
    await intake.handle_new()
    for later, one in enumerate(acts):
        await arrive(core, one, at=at + later)
        await intake.handle_new()


async def turns_of(core: Core, message_id: str = "m") -> list[Turn]:
    async with core.store.read() as records:
        brought = await records.withdrawals.turns_of(HOME.id, message_id)
        return [await records.turns.lock(one.turn_id) for one in brought]


async def left_at_home(core: Core) -> bool:
    async with core.store.read() as records:
        binding = await records.bindings.get(HOME.id)
    return binding is not None and binding.left_at is not None


@pytest.mark.parametrize("text", ["my secret", "/new my secret"])
@pytest.mark.parametrize("stopped", [False, True])
async def test_a_prompt_that_waits_is_withdrawn_and_never_runs(text: str, stopped: bool) -> None:
    core = Core()
    session = await core.session()
    if stopped and text == "my secret":
        async with core.store.transaction() as records:
            await core.desk.stop(records, session.id, actor=OWNER, now=core.clock.now())
    await handle(core, replace(SAID, text=text))
    before = [turn.state for turn in await turns_of(core)]
    await handle(core, UNSENT, at=9)

    [turn] = await turns_of(core)
    held = stopped and text == "my secret"
    assert before == [TurnState.HELD if held else TurnState.QUEUED]
    assert turn.state is TurnState.WITHDRAWN
    assert turn.finished_at == core.clock.now()
    assert await core.open_turns(turn.session_id) == []
    assert states(core) == [InboxState.DONE] * 2


async def test_the_text_of_an_unsent_message_is_kept_nowhere() -> None:
    core = Core()
    await handle(core, SAID, UNSENT, replace(SAID, text="other", message_id="n"))

    [turn] = await turns_of(core)
    async with core.store.read() as records:
        kept = [
            *core.store.inbox_events,
            turn,
            await core.read_session(turn.session_id),
            *await records.log.messages(turn.session_id),
            *await core.events(turn.session_id),
        ]
    assert "secret" not in repr(kept)
    assert core.store.inbox_events[0].payload == "without content"
    assert [one.kind for one in await core.events(turn.session_id)].count("turn_withdrawn") == 1


async def test_what_the_person_said_before_and_after_still_runs() -> None:
    core = Core()
    before, after = (replace(says(text), message_id=text) for text in ("before", "after"))
    await handle(core, before, SAID, after, UNSENT)

    [turn] = await turns_of(core, "before")
    assert [one.prompt for one in await core.open_turns(turn.session_id)] == ["before", "after"]
    assert (await core.read_session(turn.session_id)).name == "before"


async def test_a_session_named_by_an_unsent_prompt_is_named_by_its_next_one() -> None:
    core = Core()
    await handle(core, SAID, UNSENT)
    [turn] = await turns_of(core)
    unnamed = await core.read_session(turn.session_id)
    await handle(core, replace(SAID, text="second try", message_id="n"), at=9)

    assert unnamed.name is None
    assert (await core.read_session(turn.session_id)).name == "second try"


@pytest.mark.parametrize("state", [TurnState.RUNNING, TurnState.DONE, TurnState.INTERRUPTED])
async def test_a_turn_that_has_begun_goes_on_without_its_text(state: TurnState) -> None:
    core = Core()
    await handle(core, SAID)
    [turn] = await turns_of(core)
    await core.save_turn(turn, state=state)
    await handle(core, UNSENT, at=9)

    [after] = await turns_of(core)
    assert after == replace(turn, state=state, prompt="")
    assert not after.stop_requested


async def test_unsending_the_same_message_twice_changes_nothing_more() -> None:
    core = Core()
    await handle(core, SAID, UNSENT)
    [once] = await turns_of(core)
    await handle(core, UNSENT, at=9)

    assert await turns_of(core) == [once]


async def test_nothing_is_said_about_an_unsent_message() -> None:
    core = Core()
    await handle(core, SAID, UNSENT)

    assert await core.deliveries(*DeliveryState) == []


@pytest.mark.parametrize("at", [-5, 5], ids=["late", "in order"])
async def test_a_message_that_comes_after_its_unsending_is_not_acted_on(at: int) -> None:
    core = Core()
    await handle(core, UNSENT)
    await handle(core, SAID, at=at)

    assert await turns_of(core) == []
    assert states(core) == [InboxState.DONE, InboxState.IGNORED]
    assert core.store.inbox_events[1].payload == "without content"


async def test_a_message_unsent_before_it_was_handled_is_not_acted_on() -> None:
    core = Core()
    await arrive(core, SAID, UNSENT)
    await handle(core)

    assert await turns_of(core) == []
    assert states(core) == [InboxState.IGNORED, InboxState.DONE]


async def test_another_chat_cannot_take_a_message_back() -> None:
    core = Core()
    await handle(core, SAID, replace(UNSENT, chat=GROUP))

    [turn] = await turns_of(core)
    assert (turn.state, turn.prompt) == (TurnState.QUEUED, "my secret")


async def test_a_chat_that_was_left_is_known_as_such_until_denrei_is_back() -> None:
    core = Core()
    session = await core.session()
    found = []
    acts: list[Incoming] = [LEFT, FOLLOWED, LEFT, Joined(chat=HOME)]
    for at, act in enumerate(acts):
        await handle(core, act, at=at)
        found.append(await left_at_home(core))

    async with core.store.read() as records:
        binding = await records.bindings.get(HOME.id)
    assert found == [True, False, True, False]
    assert binding is not None
    assert binding.session_id == session.id


async def test_since_when_a_chat_was_left_is_kept() -> None:
    core = Core()
    left_at = core.clock.now()
    await handle(core, LEFT)
    core.clock.advance(timedelta(minutes=1))
    await handle(core, LEFT, at=9)

    async with core.store.read() as records:
        binding = await records.bindings.get(HOME.id)
    assert binding is not None
    assert binding.left_at == left_at


async def test_what_waits_still_runs_after_the_person_has_left() -> None:
    core = Core()
    await handle(core, SAID, LEFT)

    assert [turn.state for turn in await turns_of(core)] == [TurnState.QUEUED]


async def test_a_leaving_that_comes_after_the_return_is_too_late_to_count() -> None:
    core = Core()
    await core.know()
    await handle(core, FOLLOWED, at=5)
    await handle(core, LEFT, at=3)

    assert not await left_at_home(core)


async def test_joining_a_group_says_nothing_and_binds_nothing() -> None:
    core = Core()
    await handle(core, Joined(chat=GROUP))

    assert await core.deliveries(*DeliveryState) == []
    async with core.store.read() as records:
        assert await records.bindings.get(GROUP.id) is None


async def test_whoever_unfollows_is_not_met_for_it() -> None:
    core = Core()
    chat = replace(HOME, id=STRANGER)
    await handle(core, Left(chat=chat), Unsent(chat=chat, message_id="x"))

    async with core.store.read() as records:
        assert await records.people.get(STRANGER) is None
    assert states(core) == [InboxState.DONE] * 2
