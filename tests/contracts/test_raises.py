"""What every Raises promises."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from orchestrator_core.model import Raise, Raised
from orchestrator_core.ports import Store
from tests.fakes.clock import NOON

HOUR = timedelta(hours=1)


def granted(
    usd: str | None, *, window: str = "day:2030-01-01", until: datetime | None = None
) -> Raise:
    amount = None if usd is None else Decimal(usd)
    return Raise(window=window, usd=amount, until=until, actor="U1", created_at=NOON)


async def test_what_was_granted_for_a_window_adds_up(store: Store) -> None:
    async with store.transaction() as records:
        for one in (granted("1"), granted("5.5"), granted("7", window="day:2030-01-02")):
            await records.raises.add(one)
        assert await records.raises.of("day:2030-01-01", NOON) == Raised(
            usd=Decimal("6.5"), times=2
        )
        assert await records.raises.of("day:2030-01-03", NOON) == Raised()


async def test_a_limit_is_lifted_until_its_time(store: Store) -> None:
    async with store.transaction() as records:
        for hours in (1, 3, 2):
            await records.raises.add(granted(None, until=NOON + hours * HOUR))
        window = "day:2030-01-01"
        now, later = [await records.raises.of(window, NOON + late * HOUR) for late in (0, 3)]

    assert now == Raised(lifted_until=NOON + 3 * HOUR, times=3)
    assert later == Raised(times=3)
