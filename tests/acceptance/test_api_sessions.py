"""Starting, listing, showing and stopping sessions over the API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from orchestrator_core.model import MessageRole, SessionMessage, SessionState, TurnState
from tests.acceptance.api_app import Api, open_api
from tests.fakes.clock import NOON


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with open_api(tmp_path) as api:
        yield api


async def test_a_session_starts_with_the_default_agent_and_says_where_it_is(api: Api) -> None:
    response = await api.client.post("/sessions", json={})

    session = response.json()
    assert response.status_code == 201
    assert response.headers["location"] == f"/sessions/{session['id']}"
    assert (session["agent"], session["state"], session["turn"]) == ("claude", "idle", None)


async def test_a_session_started_with_a_prompt_has_its_first_turn_queued(api: Api) -> None:
    session = await api.started(agent="docs", name="manual", prompt="write the manual")

    assert (session["agent"], session["name"]) == ("docs", "manual")
    assert session["turn"]["state"] == "queued"
    async with api.records() as records:
        (turn,) = await records.turns.open_of(session["id"])
    assert (turn.prompt, turn.state) == ("write the manual", TurnState.QUEUED)


async def test_a_session_without_a_name_is_named_by_its_first_prompt(api: Api) -> None:
    session = await api.started(prompt="write the manual\nin Japanese")

    assert session["name"] == "write the manual"


async def test_an_unknown_agent_starts_nothing(api: Api) -> None:
    response = await api.client.post("/sessions", json={"agent": "nobody"})

    assert response.status_code == 422
    assert "@nobody" in response.json()["detail"]
    assert "@claude @docs" in response.json()["detail"]
    assert (await api.client.get("/sessions")).json()["items"] == []


async def test_pages_lead_from_the_newest_session_to_the_oldest_without_gaps(api: Api) -> None:
    numbers = [(await api.started())["number"] for _ in range(5)]

    seen, address = [], "/sessions?limit=2"
    while address:
        page = (await api.client.get(address)).json()
        seen.append([session["number"] for session in page["items"]])
        address = page["next"]

    newest_first = numbers[::-1]
    assert seen == [newest_first[:2], newest_first[2:4], newest_first[4:]]


async def test_a_session_is_found_by_id_short_id_or_number(api: Api) -> None:
    session = await api.started()
    references = [session["id"], session["short_id"], session["number"]]

    found = [(await api.client.get(f"/sessions/{one}")).json()["id"] for one in references]

    assert found == [session["id"]] * 3


@pytest.mark.parametrize("reference", ["999", "abcdef", "9" * 30, "%00", "a%20b", "x" * 65])
async def test_what_no_session_is_called_is_not_found(api: Api, reference: str) -> None:
    response = await api.client.get(f"/sessions/{reference}")

    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


async def test_a_session_is_not_found_by_its_name(api: Api) -> None:
    """A name may change hands; a script must not follow it to another session."""
    await api.started(name="parser")

    response = await api.client.get("/sessions/parser")

    assert response.status_code == 404


async def test_a_shown_session_has_its_messages_queue_and_cost(api: Api) -> None:
    session = await api.started(prompt="first")
    async with api.records() as records:
        stored = await records.sessions.lock(session["id"])
        await records.sessions.save(replace(stored, cost_usd=Decimal("0.0421")))
        answer = SessionMessage(
            session_id=session["id"],
            turn_id=session["turn"]["id"],
            role=MessageRole.ANSWER,
            text="done",
            created_at=NOON,
        )
        await records.log.add_message(answer)

    shown = (await api.client.get(f"/sessions/{session['id']}")).json()

    assert [(one["role"], one["text"]) for one in shown["messages"]] == [
        ("prompt", "first"),
        ("answer", "done"),
    ]
    assert [(one["text"], one["state"]) for one in shown["queue"]] == [("first", "queued")]
    assert Decimal(shown["cost_usd"]) == Decimal("0.0421")


async def test_stopping_drops_what_waits_and_is_in_the_books(api: Api) -> None:
    session = await api.started(prompt="first")

    response = await api.client.post(f"/sessions/{session['number']}/stop")

    assert (response.status_code, response.json()["state"]) == (200, "stopped")
    async with api.records() as records:
        assert await records.turns.open_of(session["id"]) == []
        stored = await records.sessions.lock(session["id"])
    assert stored.state is SessionState.STOPPED


async def test_stopping_twice_is_stopping_once(api: Api) -> None:
    session = await api.started()
    address = f"/sessions/{session['id']}/stop"

    first = (await api.client.post(address)).json()
    await api.client.post(f"/sessions/{session['id']}/messages", json={"text": "for later"})
    again = (await api.client.post(address)).json()

    assert (first["state"], again["state"]) == ("stopped", "stopped")
    async with api.records() as records:
        [held] = await records.turns.open_of(session["id"])
        events = await records.log.after(session["id"], 0, 100)
    assert (held.prompt, held.state) == ("for later", TurnState.HELD)
    assert [event.kind for event in events].count("session_stopped") == 1
