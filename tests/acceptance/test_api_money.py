"""`/costs` and `/budgets` over HTTP."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from orchestrator_core.model import CostEntry, ModelCost, Run, SeenCall, Tokens
from tests.acceptance.api_app import BUDGET_USD, Api, open_api
from tests.fakes.clock import NOON


async def _spend(api: Api, usd: str) -> str:
    session = await api.started(prompt="hello")
    entry = CostEntry(
        session_id=session["id"],
        turn_id=1,
        run=1,
        usd=Decimal(usd),
        usage={},
        created_at=NOON,
        by_model=(
            ModelCost(model="opus", usd=Decimal(usd), tokens=Tokens(input=7, cache_read=9)),
        ),
    )
    async with api.records() as records:
        await records.costs.book(entry)
    return str(session["id"])


async def test_costs_are_told_by_day_session_agent_and_model(tmp_path: Path) -> None:
    async with open_api(tmp_path) as api:
        session_id = await _spend(api, "1.25")
        costs = (await api.client.get("/costs")).json()

    assert (costs["today"], costs["month"]) == ("1.25", "1.25")
    assert [day["usd"] for day in costs["days"]] == ["0"] * 6 + ["1.25"]
    told = {"usd": "1.25", "estimated": "0"}
    assert costs["sessions"] == [{"key": session_id, **told}]
    assert costs["agents"] == [{"key": "claude", **told}]
    tokens = {"input": 7, "output": 0, "cache_read": 9, "cache_write": 0}
    assert costs["models"] == [{"key": "opus", **told, "tokens": tokens}]


async def test_what_is_an_estimate_is_told(tmp_path: Path) -> None:
    async with open_api(tmp_path) as api:
        session_id = await _spend(api, "1.25")
        run = Run(session_id=session_id, turn_id=1, number=2)
        cost = ModelCost(model="opus", usd=Decimal("0.5"), tokens=Tokens(output=9))
        async with api.records() as records:
            await records.costs.see(run, SeenCall(call_id="msg", cost=cost, at=NOON))
            await records.costs.close(run)
        costs = (await api.client.get("/costs")).json()

    assert (costs["today"], costs["today_estimated"]) == ("1.75", "0.5")
    assert (costs["month"], costs["month_estimated"]) == ("1.75", "0.5")
    assert costs["days"][-1]["estimated"] == "0.5"
    shares = [costs[by][0] for by in ("sessions", "agents", "models")]
    assert [(one["usd"], one["estimated"]) for one in shares] == [("1.75", "0.5")] * 3


@pytest.mark.parametrize(
    ("more", "limit"), [({"usd": "5"}, str(BUDGET_USD + 5)), ({"usd": None}, None), ({}, None)]
)
async def test_a_budget_is_shown_and_raised(
    tmp_path: Path, more: dict[str, str | None], limit: str | None
) -> None:
    async with open_api(tmp_path) as api:
        await _spend(api, "1")
        [before] = (await api.client.get("/budgets")).json()["items"]
        raised = await api.client.post("/budgets", json={"budget": "daily", **more})
        [after] = (await api.client.get("/budgets")).json()["items"]

    assert (before["name"], before["spent"], before["limit"]) == ("daily", "1", str(BUDGET_USD))
    assert raised.status_code == 200, raised.text
    assert raised.json() == after
    assert after["limit"] == limit


@pytest.mark.parametrize(
    "body", [{"budget": "other", "usd": "1"}, {"budget": "daily", "usd": "0"}, {"usd": "1"}]
)
async def test_what_is_no_raise_is_refused(tmp_path: Path, body: dict[str, str]) -> None:
    async with open_api(tmp_path) as api:
        answer = await api.client.post("/budgets", json=body)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
