"""What every Clock promises."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orchestrator_core.clock import SystemClock
from orchestrator_core.ports import Clock
from tests.fakes.clock import FakeClock


@pytest.fixture(params=[FakeClock, SystemClock], ids=["fake", "system"])
def clock(request: pytest.FixtureRequest) -> Clock:
    made: Clock = request.param()
    return made


def test_the_present_is_told_in_utc(clock: Clock) -> None:
    assert clock.now().utcoffset() == timedelta(0)
