"""Whatever is changed over the API is in the audit, with where the call came from."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.api.limits import Allowance
from bot.api.routes import OPERATIONS
from orchestrator_core.model import AuditAction, AuditEntry, DeliveryState, Language, Person, Role
from tests.acceptance.api_app import Api, open_api
from tests.fakes.clock import NOON
from tests.samples import a_delivery


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with open_api(tmp_path) as opened:
        yield opened


async def audit(api: Api, **query: object) -> dict[str, Any]:
    response = await api.client.get("/audit", params={k: str(v) for k, v in query.items()})
    assert response.status_code == 200, response.text
    page: dict[str, Any] = response.json()
    return page


async def actions(api: Api, **query: object) -> list[str]:
    """Oldest first."""
    return [item["action"] for item in (await audit(api, **query))["items"]][::-1]


async def test_every_call_that_changes_something_leaves_one_entry(api: Api) -> None:
    session = await api.started(agent="claude")
    place = f"/sessions/{session['id']}"
    asked = await api.client.post(f"{place}/messages", json={"text": "go"})
    await api.client.post(f"{place}/stop")
    async with api.records() as records:
        added = await records.deliveries.add(a_delivery())
        await records.deliveries.save(replace(added, state=DeliveryState.DEAD))
    await api.client.post(f"/deliveries/{added.id}/resend")

    assert await actions(api) == [
        "session.start",
        "session.ask",
        "session.stop",
        "delivery.resend",
    ]
    items = (await audit(api, action="session.ask"))["items"]
    assert [(one["session_id"], one["detail"]) for one in items] == [
        (session["id"], {"turn_id": asked.json()["id"]})
    ]


async def test_an_entry_says_that_it_was_the_api_and_from_which_address(api: Api) -> None:
    await api.started()

    [item] = (await audit(api))["items"]
    assert item["actor"] == item["channel"] == "api"
    assert item["address"] == "127.0.0.1"


async def test_what_other_parts_note_says_so_too(api: Api) -> None:
    """They know nothing of addresses; the store they are given does."""
    async with api.records() as records:
        haru = Person(
            id="U" + "5" * 32,
            role=Role.OPERATOR,
            granted=Role.OPERATOR,
            language=Language.ENGLISH,
        )
        await records.people.save(haru)
    answer = await api.client.patch(f"/people/{haru.id}", json={"role": "viewer"})

    assert answer.status_code == 200, answer.text
    [item] = (await audit(api))["items"]
    assert (item["action"], item["channel"], item["address"]) == (
        "person.role",
        "api",
        "127.0.0.1",
    )


def test_every_operation_that_changes_something_is_one_whose_entry_is_known() -> None:
    """Whoever adds one says here what it leaves in the audit."""
    changing = {one.id for one in OPERATIONS if one.allowance is Allowance.WRITES}

    assert changing == {
        "startSession",  # session.start, session.ask
        "askSession",  # session.ask
        "takeBackGrant",  # grant.taken_back
        "makeSchedule",  # schedule.add
        "deleteSchedule",  # schedule.delete
        "stopSession",  # session.stop
        "chooseForTurn",  # turn.choice
        "answerApproval",  # approval.<state>
        "resendDelivery",  # delivery.resend
        "raiseBudget",  # budget.raise
        "changePerson",  # person.role, person.name
        "acceptPairing",  # person.accepted, person.role
        "refusePairing",  # person.refused
    }


async def test_a_session_started_with_a_prompt_leaves_both(api: Api) -> None:
    await api.started(prompt="go")

    assert await actions(api) == ["session.start", "session.ask"]


async def test_what_is_only_read_refused_or_repeated_leaves_none(api: Api) -> None:
    session = await api.started()
    place = f"/sessions/{session['id']}"
    key = {"Idempotency-Key": "one"}
    await api.client.post(f"{place}/messages", json={"text": "go"}, headers=key)
    before = await actions(api)

    await api.client.post(f"{place}/messages", json={"text": "go"}, headers=key)
    await api.client.post(f"{place}/messages", json={"text": "other"}, headers=key)
    await api.client.post(f"{place}/messages", json={"text": ""})
    await api.client.post("/sessions", json={"agent": "nobody"})
    await api.client.get(place)
    await api.client.get("/sessions")

    assert await actions(api) == before


async def test_pages_lead_to_older_ones_and_keep_the_filter(api: Api) -> None:
    async with api.records() as records:
        for number in range(5):
            entry = AuditEntry(
                actor="U1" if number % 2 else "U2",
                action=AuditAction.SESSION_ASK,
                detail={"n": number},
                created_at=NOON + timedelta(minutes=number),
            )
            await records.audit.add(entry)

    first = await audit(api, actor="U2", limit=2, since=NOON.isoformat())
    rest = await api.client.get(first["next"])

    assert [item["detail"]["n"] for item in first["items"]] == [4, 2]
    assert [item["detail"]["n"] for item in rest.json()["items"]] == [0]
    assert rest.json()["next"] is None


@pytest.mark.parametrize(
    "query",
    [
        "since=2030-01-01T00:00:00",
        "since=x",
        "limit=0",
        "before=0",
        "actor=",
        "who=U1",
        "action=%0a",
    ],
)
async def test_a_wrong_filter_is_named(api: Api, query: str) -> None:
    response = await api.client.get(f"/audit?{query}")

    assert response.status_code == 422
    assert response.json()["errors"][0]["parameter"] == query.partition("=")[0]
