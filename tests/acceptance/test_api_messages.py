"""Asking over the API, once however often it is sent."""

from __future__ import annotations

import asyncio
from datetime import datetime

from orchestrator_core.model import CostEntry
from tests.acceptance.api_app import BUDGET_USD, Api
from tests.fakes.clock import NOON


async def test_a_message_is_queued_behind_those_before_it(api: Api) -> None:
    session = await api.started(prompt="first")

    response = await api.client.post(f"/sessions/{session['id']}/messages", json={"text": "更に"})

    assert (response.status_code, response.json()["state"]) == (202, "queued")
    shown = (await api.client.get(f"/sessions/{session['id']}")).json()
    assert [turn["text"] for turn in shown["queue"]] == ["first", "更に"]


async def test_a_message_to_a_stopped_session_is_held(api: Api) -> None:
    session = await api.started()
    await api.client.post(f"/sessions/{session['id']}/stop")

    response = await api.client.post(f"/sessions/{session['id']}/messages", json={"text": "go"})

    assert (response.status_code, response.json()["state"]) == (202, "held")


async def test_the_same_key_and_text_give_the_same_turn(api: Api) -> None:
    session = await api.started()
    address, key = f"/sessions/{session['id']}/messages", {"Idempotency-Key": "k1"}

    first = await api.client.post(address, json={"text": "go"}, headers=key)
    again = await api.client.post(address, json={"text": "go"}, headers=key)

    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json() == again.json()


async def test_the_same_key_with_another_text_is_a_conflict_and_asks_nothing(api: Api) -> None:
    session = await api.started()
    address, key = f"/sessions/{session['id']}/messages", {"Idempotency-Key": "k1"}
    await api.client.post(address, json={"text": "go"}, headers=key)

    response = await api.client.post(address, json={"text": "stop"}, headers=key)

    assert response.status_code == 409
    shown = (await api.client.get(f"/sessions/{session['id']}")).json()
    assert [turn["text"] for turn in shown["queue"]] == ["go"]


async def test_one_key_sent_many_times_at_once_makes_one_turn(api: Api) -> None:
    session = await api.started()
    address, key = f"/sessions/{session['id']}/messages", {"Idempotency-Key": "k1"}

    responses = await asyncio.gather(
        *(api.client.post(address, json={"text": "go"}, headers=key) for _ in range(8))
    )

    assert sorted(one.status_code for one in responses) == [200] * 7 + [202]
    assert len({one.json()["id"] for one in responses}) == 1


async def test_a_key_belongs_to_its_session(api: Api) -> None:
    first, second = await api.started(), await api.started()
    key = {"Idempotency-Key": "k1"}

    responses = [
        await api.client.post(
            f"/sessions/{session['id']}/messages", json={"text": "go"}, headers=key
        )
        for session in (first, second)
    ]

    assert [one.status_code for one in responses] == [202, 202]


async def test_without_a_key_each_message_is_a_turn_of_its_own(api: Api) -> None:
    session = await api.started()
    address = f"/sessions/{session['id']}/messages"

    responses = [await api.client.post(address, json={"text": "go"}) for _ in range(2)]

    assert len({one.json()["id"] for one in responses}) == 2


async def test_a_message_says_until_when_the_budget_keeps_it_waiting(api: Api) -> None:
    session = await api.started()
    address = f"/sessions/{session['id']}"
    before = (await api.client.post(f"{address}/messages", json={"text": "now"})).json()
    spent = CostEntry(
        session_id=session["id"], turn_id=1, run=1, usd=BUDGET_USD, usage={}, created_at=NOON
    )
    async with api.records() as records:
        await records.costs.add(spent)
    after = (await api.client.post(f"{address}/messages", json={"text": "later"})).json()
    queue = (await api.client.get(address)).json()["queue"]

    assert before["waits_until"] is None
    assert datetime.fromisoformat(after["waits_until"]) == NOON.replace(hour=15)
    assert [turn["waits_until"] for turn in queue] == [after["waits_until"]] * 2
