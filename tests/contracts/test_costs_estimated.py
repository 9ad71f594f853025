"""What every Costs promises about sums of which a part is estimated."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from orchestrator_core.model import Share, Spent
from orchestrator_core.ports import Store
from tests.contracts.test_costs_seen import EVER, RUN, call, told

OTHER = replace(RUN, turn_id=2)


async def test_a_sum_says_how_much_of_it_claude_has_not_told(store: Store) -> None:
    async with store.transaction() as records:
        await records.costs.book(told("1", opus="1"))
        await records.costs.see(OTHER, call("0.3"))
        under_way = await records.costs.sum(EVER)
        await records.costs.close(OTHER)
        closed = await records.costs.sum(EVER)
        await records.costs.settle(told("0.25", run=OTHER, opus="0.25"))
        settled = await records.costs.sum(EVER)

    assert under_way == Spent(key=None, usd=Decimal("1.3"), estimated=Decimal("0.3"))
    assert closed == under_way
    assert settled == Spent(key=None, usd=Decimal("1.25"))


async def test_nothing_spent_is_no_estimate(store: Store) -> None:
    async with store.read() as records:
        assert await records.costs.sum(EVER) == Spent(key=None, usd=Decimal(0))


async def test_so_does_each_share(store: Store) -> None:
    async with store.transaction() as records:
        await records.costs.book(told("1", opus="0.5", haiku="0.5"))
        await records.costs.see(OTHER, call("0.3"))
        models = await records.costs.shares(EVER, Share.MODEL, limit=5)
        [session] = await records.costs.shares(EVER, Share.SESSION, limit=5)

    assert [(one.key, one.usd, one.estimated) for one in models] == [
        ("opus", Decimal("0.8"), Decimal("0.3")),
        ("haiku", Decimal("0.5"), 0),
    ]
    assert (session.usd, session.estimated) == (Decimal("1.3"), Decimal("0.3"))
