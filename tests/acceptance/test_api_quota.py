"""What is left of LINE's pushes, over the API."""

from __future__ import annotations

from dataclasses import replace

from orchestrator_core.model import DeliveryState, QuotaCount
from tests.acceptance.api_app import Api
from tests.fakes.clock import NOON
from tests.samples import a_delivery


async def test_before_line_was_asked_there_is_no_limit(api: Api) -> None:
    response = await api.client.get("/quota")

    assert response.json() == {
        "month": "2030-01",
        "limit": None,
        "used": 0,
        "left": None,
        "reserve": 0,
        "told_at": None,
        "mode": "auto",
        "inbox": 0,
        "held": 0,
    }


async def test_it_shows_what_is_left_and_what_waits(api: Api) -> None:
    async with api.records() as records:
        await records.quotas.lock("2030-01")
        await records.quotas.save(
            QuotaCount(month="2030-01", limit=200, told=150, told_at=NOON, counted=3)
        )
        for state in (DeliveryState.INBOX, DeliveryState.HELD, DeliveryState.INBOX):
            added = await records.deliveries.add(a_delivery())
            await records.deliveries.save(replace(added, state=state))
    shown = (await api.client.get("/quota")).json()

    assert (shown["limit"], shown["used"], shown["left"], shown["reserve"]) == (200, 153, 47, 20)
    assert (shown["inbox"], shown["held"]) == (2, 1)
    assert shown["told_at"].startswith("2030-01-01T12:00:00")
