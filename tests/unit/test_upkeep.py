"""What is looked after by the clock."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator_core.errors import MessengerBusyError
from orchestrator_core.model import DeliveryState
from orchestrator_core.upkeep import DailyChecks, QuotaRefresh, free_bytes
from tests.fakes.messenger import FakeMessenger
from tests.fakes.metrics import RecordingMetrics
from tests.fakes.store import FakeStore
from tests.fakes.wakeups import FakeWakeups
from tests.samples import a_delivery

GB = 10**9


@pytest.fixture
def store() -> FakeStore:
    return FakeStore(FakeWakeups())


@pytest.fixture
def metrics() -> RecordingMetrics:
    return RecordingMetrics()


def checks(
    store: FakeStore,
    metrics: RecordingMetrics,
    *,
    free: dict[str, int] | None = None,
    cli: str | None = "2.1.0",
) -> DailyChecks:
    """With so many bytes free in each folder."""
    left = free or {"data": 5 * GB}
    return DailyChecks(
        store=store,
        metrics=metrics,
        folders={name: Path(name) for name in left},
        least_free_bytes=GB,
        free_bytes=lambda folder: left[folder.name],
        cli_version=lambda: cli,
    )


@pytest.mark.parametrize(("left", "limit"), [(7, 7.0), (None, math.inf)])
async def test_the_quota_is_shown(
    metrics: RecordingMetrics, left: int | None, limit: float
) -> None:
    await QuotaRefresh(messenger=FakeMessenger(quota_left=left), metrics=metrics).run()

    assert metrics.levels == {("line_quota_limit",): limit, ("line_quota_used",): 0}


async def test_a_quota_that_cannot_be_asked_for_is_told_once_each_time_it_fails_anew(
    metrics: RecordingMetrics, caplog: pytest.LogCaptureFixture
) -> None:
    messenger = FakeMessenger()
    refresh = QuotaRefresh(messenger=messenger, metrics=metrics)

    told = []
    for failures in (2, 0, 1):
        messenger.fail_next(MessengerBusyError("no"), count=failures)
        for _ in range(max(1, failures)):
            await refresh.run()
        told.append([record.message for record in caplog.records].count("quota not known"))

    assert told == [1, 1, 2]


async def test_on_a_sound_machine_nothing_is_warned_of(
    store: FakeStore, metrics: RecordingMetrics, caplog: pytest.LogCaptureFixture
) -> None:
    await checks(store, metrics).run()

    assert caplog.records == []
    assert metrics.levels == {
        ("free_disk_bytes", "data"): 5 * GB,
        ("cli_found",): 1,
        ("dead_letters",): 0,
    }


async def test_a_disk_with_too_little_room_is_named(
    store: FakeStore, metrics: RecordingMetrics, caplog: pytest.LogCaptureFixture
) -> None:
    await checks(store, metrics, free={"data": GB, "workspace": GB - 1}).run()

    [told] = [vars(record) for record in caplog.records]
    assert (told["message"], told["folder"]) == ("disk nearly full", "workspace")
    assert metrics.levels["free_disk_bytes", "workspace"] == GB - 1


async def test_a_missing_claude_code_is_told(
    store: FakeStore, metrics: RecordingMetrics, caplog: pytest.LogCaptureFixture
) -> None:
    await checks(store, metrics, cli=None).run()

    assert [record.message for record in caplog.records] == ["claude code not found"]
    assert metrics.levels[("cli_found",)] == 0


async def test_dead_letters_are_counted(
    store: FakeStore, metrics: RecordingMetrics, caplog: pytest.LogCaptureFixture
) -> None:
    async with store.transaction() as records:
        for state in (DeliveryState.DEAD, DeliveryState.DEAD, DeliveryState.SENT):
            added = await records.deliveries.add(a_delivery())
            await records.deliveries.save(replace(added, state=state))

    await checks(store, metrics).run()

    assert metrics.levels[("dead_letters",)] == 2
    assert [record.message for record in caplog.records] == ["dead letters kept"]


async def test_one_check_that_fails_keeps_no_other_from_being_made(
    store: FakeStore, metrics: RecordingMetrics
) -> None:
    broken = replace(checks(store, metrics), folders={"gone": Path("gone")})

    with pytest.raises(ExceptionGroup) as raised:
        await broken.run()
    assert [type(error) for error in raised.value.exceptions] == [KeyError]
    assert metrics.levels == {("cli_found",): 1, ("dead_letters",): 0}


def test_free_room_is_that_of_the_folders_disk(tmp_path: Path) -> None:
    assert free_bytes(tmp_path) > 0
