"""What every Turns promises of interrupted turns."""

from __future__ import annotations

from dataclasses import replace

from orchestrator_core.model import Choice, Turn, TurnState
from orchestrator_core.ports import Store
from tests.claims import queued


async def _save(store: Store, *turns: Turn) -> None:
    async with store.transaction() as records:
        for turn in turns:
            await records.turns.save(turn)


async def test_interrupted_turns_of_a_session_without_a_choice_are_found_newest_first(
    store: Store,
) -> None:
    session, turns = await queued(store, "one", "two", "three", "decided", "done", "queued")
    _, others = await queued(store, "of another")
    left = [replace(turn, state=TurnState.INTERRUPTED) for turn in (*turns[:4], *others)]
    left[3] = replace(left[3], choice=Choice.LEAVE)
    await _save(store, *left, replace(turns[4], state=TurnState.DONE))

    async with store.read() as records:
        assert await records.turns.undecided_of(session.id, limit=5) == left[2::-1]
        assert await records.turns.undecided_of(session.id, limit=2) == left[2:0:-1]


async def test_a_choice_is_one_of_three_or_none(store: Store) -> None:
    _, turns = await queued(store, "one", "two", "three", "four")
    chosen = [replace(turn, choice=one) for turn, one in zip(turns, (*Choice, None), strict=True)]
    await _save(store, *chosen)

    async with store.read() as records:
        assert [await records.turns.lock(turn.id) for turn in turns] == chosen
