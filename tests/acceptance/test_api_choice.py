"""What becomes of an interrupted turn, chosen over the API, once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from orchestrator_core.interrupted import GO_ON
from orchestrator_core.model import Chat, ChatKind, Choice, Origin, Turn, TurnState
from tests.acceptance.api_app import Api

PROMPT = "fix the failing test"
HARU = Chat(id="U-haru", kind=ChatKind.USER)


async def left(
    api: Api, *, origin: Origin | None = None, state: TurnState = TurnState.INTERRUPTED
) -> Turn:
    """The first turn of a new session."""
    started = await api.started()
    now = api.state["clock"].now()
    async with api.records() as records:
        session = await records.sessions.lock(started["id"])
        asked = await api.state["desk"].ask(records, session, PROMPT, origin=origin, now=now)
        turn = replace(asked.turn, state=state, finished_at=now, reached_model=True)
        await records.turns.save(turn)
    return turn


async def choose(api: Api, turn: Turn, choice: object) -> tuple[int, dict[str, Any]]:
    path = f"/sessions/{turn.session_id}/turns/{turn.id}/choice"
    response = await api.client.post(path, json={"choice": choice})
    return response.status_code, response.json()


async def shown(api: Api, turn: Turn) -> dict[str, Any]:
    detail: dict[str, Any] = (await api.client.get(f"/sessions/{turn.session_id}")).json()
    return detail


async def test_an_interrupted_turn_is_shown_with_its_session_until_somebody_chose(
    api: Api,
) -> None:
    turn = await left(api)
    before = await shown(api, turn)
    await choose(api, turn, "leave")
    after = await shown(api, turn)

    [item] = before["interrupted"]
    assert (item["id"], item["state"], item["choice"]) == (turn.id, "interrupted", None)
    assert (before["queue"], after["interrupted"]) == ([], [])


async def test_again_queues_the_same_prompt(api: Api) -> None:
    turn = await left(api)
    status, made = await choose(api, turn, "again")

    assert status == 202
    assert (made["turn"]["id"], made["turn"]["choice"]) == (turn.id, "again")
    assert (made["following"]["state"], made["following"]["text"]) == ("queued", PROMPT)
    assert (await shown(api, turn))["queue"] == [made["following"]]


async def test_continue_queues_the_word_to_go_on(api: Api) -> None:
    turn = await left(api)
    _, made = await choose(api, turn, "continue")

    assert made["following"]["text"].startswith(GO_ON)
    assert made["following"]["text"].endswith(PROMPT)


async def test_leave_queues_nothing(api: Api) -> None:
    turn = await left(api)
    status, made = await choose(api, turn, "leave")

    assert (status, made["following"], made["turn"]["choice"]) == (202, None, "leave")
    assert (await shown(api, turn))["queue"] == []


@pytest.mark.parametrize("choice", list(Choice))
async def test_the_same_choice_again_gives_what_the_first_one_made(
    api: Api, choice: Choice
) -> None:
    turn = await left(api)
    first = await choose(api, turn, choice)
    second = await choose(api, turn, choice)

    assert (first[0], second[0]) == (202, 200)
    assert second[1] == first[1]


async def test_another_choice_is_refused(api: Api) -> None:
    turn = await left(api)
    await choose(api, turn, "leave")
    status, problem = await choose(api, turn, "again")

    assert status == 409
    assert problem["detail"] == "something else was chosen before"
    assert (await shown(api, turn))["queue"] == []


async def test_of_many_choices_at_once_one_counts(api: Api) -> None:
    turn = await left(api)
    wanted = ["again", "continue", "leave"] * 2
    answers = await asyncio.gather(*(choose(api, turn, one) for one in wanted))

    assert sorted(status for status, _ in answers) == [200, 202, 409, 409, 409, 409]
    taken = {made["turn"]["choice"] for status, made in answers if status < 300}
    assert len(taken) == 1
    assert len((await shown(api, turn))["queue"]) == (0 if taken == {"leave"} else 1)


async def test_what_was_asked_in_a_chat_is_answered_there(api: Api) -> None:
    origin = Origin(chat=HARU, person_id=HARU.id, message_id="m")
    _, made = await choose(api, await left(api, origin=origin), "again")

    async with api.records() as records:
        following = await records.turns.lock(made["following"]["id"])
    assert following.origin == origin


async def test_in_a_stopped_session_it_is_held(api: Api) -> None:
    turn = await left(api)
    await api.client.post(f"/sessions/{turn.session_id}/stop")
    _, made = await choose(api, turn, "again")

    assert made["following"]["state"] == "held"


async def test_a_prompt_that_was_taken_back_cannot_run_again(api: Api) -> None:
    turn = await left(api)
    async with api.records() as records:
        await records.withdrawals.erase_prompt(turn)
    again = await choose(api, turn, "again")
    status, made = await choose(api, turn, "continue")

    assert again[0] == 409
    assert "taken back" in again[1]["detail"]
    assert (status, made["following"]["text"]) == (202, GO_ON)


@pytest.mark.parametrize("state", [one for one in TurnState if one != "interrupted"])
async def test_only_an_interrupted_turn_has_a_choice(api: Api, state: TurnState) -> None:
    turn = await left(api, state=state)
    status, problem = await choose(api, turn, "again")

    assert status == 409
    assert "interrupted" in problem["detail"]


@pytest.mark.parametrize("choice", ["stop", "CONTINUE", "", None, 1, ["again"]])
async def test_there_are_three_choices(api: Api, choice: object) -> None:
    status, problem = await choose(api, await left(api), choice)

    assert status == 422
    assert problem["errors"][0]["pointer"] == "#/choice"


@pytest.mark.parametrize("reference", ["99", "0", "abc", "9" * 19, "9" * 30, "%00"])
async def test_a_turn_that_is_not_there_is_not_found(api: Api, reference: str) -> None:
    turn = await left(api)
    path = f"/sessions/{turn.session_id}/turns/{reference}/choice"
    response = await api.client.post(path, json={"choice": "again"})

    assert response.status_code == 404


async def test_a_turn_of_another_session_is_not_found(api: Api) -> None:
    turn, other = await left(api), await left(api)

    status, _ = await choose(api, replace(turn, session_id=other.session_id), "again")
    assert status == 404
    assert len((await shown(api, turn))["interrupted"]) == 1


async def test_the_choice_is_among_the_events(api: Api) -> None:
    turn = await left(api)
    await choose(api, turn, "leave")
    events = await api.client.get(f"/sessions/{turn.session_id}/events?follow=false")

    assert "event: turn_choice" in events.text
    assert '"choice":"leave"' in events.text
