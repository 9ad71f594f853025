"""Who may use Denrei, over the API: listed, let in, changed and revoked."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import Any

import httpx
import pytest

from orchestrator_core.model import Delivery, DeliveryState, Origin, Person, Role
from orchestrator_core.pairing import LIFE, MOST_WRONG
from tests.acceptance.api_app import Api
from tests.admitted import OPERATOR, home_of, with_role
from tests.people import OWNER, STRANGER

CODE = re.compile(r"[2-9A-Z]{4}-[2-9A-Z]{4}")


async def known(api: Api, *people: Person) -> None:
    async with api.records() as records:
        for person in people:
            await records.people.save(person)


async def knocked(api: Api) -> str:
    """The code somebody was given, as the owners' card shows it."""
    stranger = with_role(Role.STRANGER)
    await known(api, stranger)
    now = api.state["clock"].now()
    async with api.records() as records:
        [said] = await api.state["pairing"].knock(records, stranger, home_of(STRANGER), now=now)
    found = CODE.search(api.state["pairing"].seals.open_text(said.text))
    assert found
    return found[0]


async def accept(api: Api, code: str, role: object = "viewer") -> httpx.Response:
    return await api.client.post(f"/pairings/{code}", json={"role": role})


async def change(api: Api, person: str, **body: object) -> httpx.Response:
    return await api.client.patch(f"/people/{person}", json=body)


async def sent(api: Api) -> list[Delivery]:
    async with api.records() as records:
        return await records.deliveries.page(tuple(DeliveryState), limit=50)


async def listed(api: Api) -> dict[str, dict[str, Any]]:
    response = await api.client.get("/people")
    return {item["id"]: item for item in response.json()["items"]}


async def test_owners_are_listed_first_and_strangers_not_at_all(api: Api) -> None:
    await known(api, with_role(Role.STRANGER), replace(with_role(Role.OPERATOR), name="Haru"))
    people = await listed(api)

    assert [*people] == [OWNER, OPERATOR]
    assert (people[OWNER]["role"], people[OPERATOR]["role"]) == ("owner", "operator")
    assert people[OPERATOR]["name"] == "Haru"


async def test_somebody_is_let_in_with_their_code(api: Api) -> None:
    code = await knocked(api)
    waiting = (await api.client.get("/pairings")).json()["items"]
    response = await accept(api, code, "operator")
    after = (await api.client.get("/pairings")).json()["items"]

    assert [(one["person_id"], one["state"]) for one in waiting] == [(STRANGER, "waiting")]
    assert code not in str(waiting)
    assert (response.status_code, response.json()["role"]) == (200, "operator")
    assert response.json()["invited_by"] == "api"
    assert after == []
    assert {one.chat_id for one in await sent(api)} == {OWNER, STRANGER}


async def test_of_many_who_accept_one_code_at_once_one_does(api: Api) -> None:
    code = await knocked(api)
    roles = ["viewer", "operator", "owner", "viewer"]
    answers = await asyncio.gather(*(accept(api, code, role) for role in roles))

    assert sorted(one.status_code for one in answers) == [200, 409, 409, 409]
    [taken] = [one.json()["role"] for one in answers if one.is_success]
    assert (await listed(api))[STRANGER]["role"] == taken


@pytest.mark.parametrize("role", ["stranger", "king", "", None, 1])
async def test_a_role_that_cannot_be_given_lets_nobody_in(api: Api, role: object) -> None:
    code = await knocked(api)
    response = await accept(api, code, role)

    assert response.status_code == 422
    assert STRANGER not in await listed(api)


async def test_an_expired_code_is_a_conflict(api: Api) -> None:
    code = await knocked(api)
    clock: Any = api.state["clock"]
    clock.advance(LIFE)
    response = await accept(api, code)

    assert (response.status_code, response.json()["title"]) == (409, "Conflict")
    assert "expired" in response.json()["detail"]


async def test_a_refused_code_lets_nobody_in(api: Api) -> None:
    code = await knocked(api)
    refused = await api.client.delete(f"/pairings/{code}")
    response = await accept(api, code)

    assert (refused.status_code, refused.json()["state"]) == (200, "refused")
    assert response.status_code == 409


async def test_guessing_codes_is_bounded(api: Api) -> None:
    code = await knocked(api)
    guesses = [(await accept(api, f"2222-222{n}")).status_code for n in range(MOST_WRONG)]
    right, refusing = await accept(api, code), await api.client.delete(f"/pairings/{code}")

    assert guesses == [404] * MOST_WRONG
    assert (right.status_code, refusing.status_code) == (429, 429)
    assert right.headers["Retry-After"] == "600"
    assert STRANGER not in await listed(api)


@pytest.mark.parametrize("code", ["x", "%00", "..", "A" * 500, "あ", "'; DROP TABLE pairing"])
async def test_what_is_no_code_is_not_found(api: Api, code: str) -> None:
    await knocked(api)
    response = await api.client.post(f"/pairings/{code}", json={"role": "viewer"})

    assert response.status_code in {404, 405}


async def test_revoking_over_the_api_ends_what_waits(api: Api) -> None:
    await known(api, with_role(Role.OPERATOR))
    session = await api.started()
    origin = Origin(chat=home_of(OPERATOR), person_id=OPERATOR)
    async with api.records() as records:
        locked = await records.sessions.lock(session["id"])
        now = api.state["clock"].now()
        await api.state["desk"].ask(records, locked, "fix it", origin=origin, now=now)
    response = await change(api, OPERATOR, role="stranger")
    detail = (await api.client.get(f"/sessions/{session['id']}")).json()

    assert (response.status_code, response.json()["dropped"]) == (200, 1)
    assert response.json()["person"]["revoked_at"] is not None
    assert detail["queue"] == []


async def test_role_and_name_can_be_changed_together_or_alone(api: Api) -> None:
    await known(api, with_role(Role.OPERATOR))
    both = (await change(api, OPERATOR, role="viewer", name="Haru")).json()["person"]
    name = (await change(api, "haru", name="Natsu")).json()["person"]
    nothing = (await change(api, OPERATOR)).json()["person"]

    assert (both["role"], both["name"]) == ("viewer", "Haru")
    assert (name["role"], name["name"]) == ("viewer", "Natsu")
    assert nothing == name


async def test_an_owner_of_the_settings_cannot_be_changed(api: Api) -> None:
    response = await change(api, OWNER, role="viewer")

    assert response.status_code == 409
    assert "DENREI_OWNERS" in response.json()["detail"]


async def test_a_change_that_is_refused_changes_nothing_of_it(api: Api) -> None:
    await known(api, with_role(Role.OWNER))
    await change(api, OWNER, role="viewer", name="King")

    assert (await listed(api))[OWNER]["name"] is None


@pytest.mark.parametrize("person", ["U-nobody", STRANGER, "%00", "x" * 300])
async def test_nobody_unknown_can_be_changed(api: Api, person: str) -> None:
    await known(api, with_role(Role.STRANGER))
    response = await change(api, person, role="owner")

    assert response.status_code == 404


@pytest.mark.parametrize(
    ("body", "pointer"),
    [({"role": "king"}, "#/role"), ({"name": " "}, "#/name"), ({"owner": True}, "#/owner")],
)
async def test_what_is_wrong_with_a_change_is_named(
    api: Api, body: dict[str, object], pointer: str
) -> None:
    response = await change(api, OPERATOR, **body)

    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == pointer
