"""What was allowed for the rest of a session, over HTTP."""

from __future__ import annotations

from pathlib import Path

from orchestrator_core.model import Grant
from tests.acceptance.api_app import Api, open_api
from tests.fakes.clock import NOON


async def _granted(api: Api) -> str:
    session = await api.started()
    grant = Grant(
        session_id=session["id"],
        mark="1" * 64,
        granted_by="U1",
        approval_id=7,
        created_at=NOON,
        text="Bash(make)",
    )
    async with api.records() as records:
        await records.approvals.grant(grant)
    return str(session["id"])


async def test_what_was_allowed_is_listed_and_taken_back_once(tmp_path: Path) -> None:
    async with open_api(tmp_path) as api:
        path = f"/sessions/{await _granted(api)}/grants"
        [shown] = (await api.client.get(path)).json()["items"]
        taken = await api.client.delete(f"{path}/{shown['id']}")
        again = await api.client.delete(f"{path}/{shown['id']}")
        after = (await api.client.get(path)).json()["items"]
        audit = (await api.client.get("/audit?action=grant.taken_back")).json()["items"]

    assert (shown["allowed"], shown["granted_by"], shown["approval_id"]) == ("Bash(make)", "U1", 7)
    assert (taken.status_code, taken.json()) == (200, shown)
    assert again.status_code == 404
    assert after == []
    assert [(one["actor"], one["detail"]["allowed"]) for one in audit] == [("api", "Bash(make)")]


async def test_a_grant_of_another_session_is_not_there(tmp_path: Path) -> None:
    async with open_api(tmp_path) as api:
        mine = await _granted(api)
        other = (await api.started())["id"]
        [shown] = (await api.client.get(f"/sessions/{mine}/grants")).json()["items"]
        elsewhere = await api.client.delete(f"/sessions/{other}/grants/{shown['id']}")
        nonsense = await api.client.delete(f"/sessions/{mine}/grants/0")
        left = (await api.client.get(f"/sessions/{mine}/grants")).json()["items"]

    assert (elsewhere.status_code, nonsense.status_code) == (404, 404)
    assert left == [shown]
