"""Schedules over the API: listed, made, deleted."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from orchestrator_core.schedules import MOST
from tests.acceptance.api_app import Api


async def make(api: Api, **changed: object) -> httpx.Response:
    body = {"session": "1", "when": "every weekday 9:00", "text": "Run the tests.", **changed}
    return await api.client.post("/schedules", json=body)


async def listed(api: Api, query: str = "") -> dict[str, Any]:
    response = await api.client.get(f"/schedules{query}")
    assert response.status_code == 200
    found: dict[str, Any] = response.json()
    return found


async def test_one_is_made_listed_and_deleted(api: Api) -> None:
    session = await api.started()
    response = await make(api)
    made = response.json()
    before = await listed(api)
    deleted = await api.client.delete(f"/schedules/{made['id']}")
    after = await listed(api)

    assert response.status_code == 201
    assert made["session_id"] == session["id"]
    assert (made["text"], made["when"]) == ("Run the tests.", "every weekday 9:00")
    assert (made["cron"], made["zone"]) == ("0 9 * * mon-fri", "Asia/Tokyo")
    assert (made["state"], made["next_at"]) == ("active", "2030-01-02T00:00:00Z")
    assert (made["person_id"], made["chat_id"]) == (None, None)
    assert before["items"] == [made]
    assert (deleted.status_code, deleted.json()) == (200, made)
    assert after["items"] == []


async def test_one_may_come_once_and_in_another_zone(api: Api) -> None:
    await api.started()
    made = (await make(api, when="明日9時", zone="europe/berlin")).json()

    assert (made["cron"], made["zone"]) == (None, "Europe/Berlin")
    assert made["next_at"] == "2030-01-02T08:00:00Z"


async def test_pages_lead_to_the_older_ones(api: Api) -> None:
    await api.started()
    ids = [(await make(api)).json()["id"] for _ in range(3)]
    first = await listed(api, "?limit=2")
    second = await api.client.get(first["next"])

    assert [item["id"] for item in first["items"]] == ids[:0:-1]
    assert [item["id"] for item in second.json()["items"]] == ids[:1]
    assert second.json()["next"] is None


@pytest.mark.parametrize(
    ("changed", "pointer", "told"),
    [
        ({"session": "9"}, "#/session", "No session"),
        ({"zone": "Mars"}, "#/zone", "no time zone"),
        ({"when": "every day 9:00 and more"}, "#/when", "Only the beginning"),
        ({"when": ""}, "#/when", "at least 1 character"),
        ({"text": " "}, "#/text", "empty"),
        ({"also": 1}, "#/also", "not permitted"),
    ],
)
async def test_what_is_wrong_is_named(
    api: Api, changed: dict[str, object], pointer: str, told: str
) -> None:
    await api.started()
    response = await make(api, **changed)
    [error] = response.json()["errors"]

    assert response.status_code == 422
    assert error["pointer"] == pointer
    assert told in error["detail"]


@pytest.mark.parametrize("when", ["now and then", "every day 25:00", "* * * * *", "every day"])
async def test_words_that_tell_no_time_are_answered_with_what_can_be_written(
    api: Api, when: str
) -> None:
    await api.started()
    response = await make(api, when=when)

    assert response.status_code == 422
    assert "9:00" in response.json()["detail"] or "5 minutes" in response.json()["detail"]


async def test_their_number_is_bounded(api: Api) -> None:
    await api.started()
    made = [await make(api) for _ in range(MOST + 1)]

    assert [one.status_code for one in made] == [201] * MOST + [422]


@pytest.mark.parametrize("reference", ["7", "x", "0", "99999999999999999999"])
async def test_one_that_is_not_there_cannot_be_deleted(api: Api, reference: str) -> None:
    response = await api.client.delete(f"/schedules/{reference}")

    assert response.status_code == 404


async def test_what_was_done_is_in_the_audit(api: Api) -> None:
    await api.started()
    made = (await make(api)).json()
    await api.client.delete(f"/schedules/{made['id']}")
    entries = (await api.client.get("/audit?limit=2")).json()["items"]

    assert [(one["actor"], one["action"], one["detail"]) for one in entries] == [
        ("api", "schedule.delete", {"schedule_id": made["id"]}),
        ("api", "schedule.add", {"schedule_id": made["id"]}),
    ]
