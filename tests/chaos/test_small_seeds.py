"""One process on SQLite, killed, frozen and restarted; LINE fails; the scripted agent."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.batch import Ground
from tests.chaos.plan import Topology, plan_of
from tests.chaos.summary import line_of

SEEDS = [
    seed
    for seed in range(1, 51)
    if plan_of(seed).topology is Topology.SMALL and not plan_of(seed).real_cli
]

pytestmark = pytest.mark.chaos


@pytest.mark.parametrize("seed", SEEDS)
async def test_nothing_is_lost_and_nothing_comes_twice(
    ground: Ground, tmp_path: Path, seed: int
) -> None:
    outcome = await ground.run(plan_of(seed), tmp_path)

    assert not outcome.violations, line_of(outcome, tmp_path)
