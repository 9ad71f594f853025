"""What has not gone out, listed over the API and sent again once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from bot.line.previews import LENGTH
from orchestrator_core.model import Delivery, DeliveryState, JsonObject
from tests.acceptance.api_app import Api
from tests.fakes.clock import NOON
from tests.samples import a_delivery


async def in_state(api: Api, state: DeliveryState, *messages: JsonObject) -> Delivery:
    new = a_delivery(text="an answer")
    async with api.records() as records:
        added = await records.deliveries.add(replace(new, messages=messages or new.messages))
        changed = replace(added, state=state, attempts=3, last_error="MessageRefusedError")
        await records.deliveries.save(changed)
    return changed


async def listed(api: Api, query: str) -> dict[str, Any]:
    response = await api.client.get(f"/deliveries?{query}")
    assert response.status_code == 200, response.text
    page: dict[str, Any] = response.json()
    return page


async def resend(api: Api, delivery: Delivery) -> tuple[int, dict[str, Any]]:
    response = await api.client.post(f"/deliveries/{delivery.id}/resend")
    return response.status_code, response.json()


async def test_dead_letters_are_listed_with_why_and_what_they_began_with(api: Api) -> None:
    dead = await in_state(api, DeliveryState.DEAD)
    await in_state(api, DeliveryState.SENT)

    [item] = (await listed(api, "state=dead"))["items"]
    assert item == {
        "id": dead.id,
        "chat_id": "U1",
        "turn_id": None,
        "state": "dead",
        "preview": "an answer",
        "attempts": 3,
        "last_error": "MessageRefusedError",
        "created_at": item["created_at"],
        "due_at": item["due_at"],
        "offered_at": None,
    }


@pytest.mark.parametrize("state", ["dead", "unconfirmed", "held", "inbox", "pending"])
async def test_each_state_is_listed_by_itself(api: Api, state: str) -> None:
    added = [await in_state(api, one) for one in DeliveryState]

    items = (await listed(api, f"state={state}"))["items"]
    assert [item["id"] for item in items] == [one.id for one in added if one.state == state]


@pytest.mark.parametrize("query", ["", "state=sent", "state=dead&limit=0", "state=dead&before=x"])
async def test_what_cannot_be_listed_is_refused(api: Api, query: str) -> None:
    response = await api.client.get(f"/deliveries?{query}")

    assert response.status_code == 422


async def test_pages_lead_from_the_newest_to_the_oldest_without_gaps(api: Api) -> None:
    ids = [(await in_state(api, DeliveryState.HELD)).id for _ in range(5)]

    seen, address = [], "/deliveries?state=held&limit=2"
    while address:
        page = (await api.client.get(address)).json()
        seen.append([item["id"] for item in page["items"]])
        address = page["next"]

    newest_first = ids[::-1]
    assert seen == [newest_first[:2], newest_first[2:4], newest_first[4:]]


async def test_a_list_shows_the_beginning_and_no_button(api: Api) -> None:
    tap = {"type": "postback", "label": "Allow", "data": "v1.a.7.secret-mark"}
    below = {"items": [{"type": "action", "action": tap}]}
    long = {"type": "text", "text": "line\n" * 50, "quickReply": below}
    card = {"type": "flex", "altText": "Claude asks", "contents": {"action": tap}}
    for message in (long, card):
        await in_state(api, DeliveryState.DEAD, message)

    page = await listed(api, "state=dead")
    shown, cut = [item["preview"] for item in page["items"]]
    assert shown == "Claude asks"
    assert len(cut) <= LENGTH
    assert cut.startswith("line line ")
    assert "secret-mark" not in str(page)


@pytest.mark.parametrize("state", [DeliveryState.DEAD, DeliveryState.UNCONFIRMED])
async def test_sent_again_it_is_a_new_delivery_under_a_new_key(
    api: Api, state: DeliveryState
) -> None:
    given_up = await in_state(api, state)
    status, shown = await resend(api, given_up)

    assert (status, shown["state"], shown["preview"]) == (202, "pending", "an answer")
    async with api.records() as records:
        again = await records.deliveries.lock(shown["id"])
        old = await records.deliveries.lock(given_up.id)
    assert (again.messages, again.created_at) == (given_up.messages, NOON)
    assert again.retry_key != given_up.retry_key
    assert old.state is DeliveryState.RESENT


async def test_a_second_call_says_it_was_done_and_by_what(api: Api) -> None:
    dead = await in_state(api, DeliveryState.DEAD)
    _, first = await resend(api, dead)
    status, second = await resend(api, dead)

    assert (status, second) == (200, first)
    assert (await listed(api, "state=dead"))["items"] == []


async def test_of_many_calls_at_once_one_sends_it(api: Api) -> None:
    dead = await in_state(api, DeliveryState.DEAD)
    answers = await asyncio.gather(*(resend(api, dead) for _ in range(5)))

    assert sorted(status for status, _ in answers) == [200, 200, 200, 200, 202]
    assert len((await listed(api, "state=pending"))["items"]) == 1


async def test_what_goes_out_by_itself_is_not_sent_again(api: Api) -> None:
    held = await in_state(api, DeliveryState.HELD)
    status, problem = await resend(api, held)

    assert status == 409
    assert "held" in problem["detail"]


@pytest.mark.parametrize("reference", ["99", "0", "abc", "9" * 19, "9" * 30, "%00"])
async def test_what_is_not_there_is_not_found(api: Api, reference: str) -> None:
    response = await api.client.post(f"/deliveries/{reference}/resend")

    assert response.status_code == 404
