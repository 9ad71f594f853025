"""What is looked after by the clock."""

from __future__ import annotations

import math
import secrets
from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator_core.errors import MessengerBusyError
from orchestrator_core.model import DeliveryState
from orchestrator_core.quota_alarm import QuotaAlarm
from orchestrator_core.upkeep import DailyChecks, QuotaRefresh, free_bytes
from tests.core import Core
from tests.fakes.messenger import FakeMessenger
from tests.fakes.metrics import RecordingMetrics
from tests.fakes.store import FakeStore
from tests.fakes.wakeups import FakeWakeups
from tests.mail import mark, put, quota_of, send
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


def refresh_of(core: Core) -> QuotaRefresh:
    return QuotaRefresh(
        store=core.store,
        messenger=core.messenger,
        clock=core.clock,
        metrics=core.metrics,
        rules=core.quota_rules,
        alarm=QuotaAlarm(gate=core.gate, outbox=core.outbox),
    )


@pytest.mark.parametrize(("left", "limit"), [(7, 7.0), (None, math.inf)])
async def test_the_quota_is_shown_with_what_waits(left: int | None, limit: float) -> None:
    core = Core(messenger=FakeMessenger(quota_left=left))
    for state in (DeliveryState.INBOX, DeliveryState.HELD, DeliveryState.HELD):
        await mark(core, await put(core, secrets.token_hex()), state)
    await refresh_of(core).run()

    assert core.metrics.levels == {
        ("deliveries_kept", "inbox"): 1,
        ("deliveries_kept", "held"): 2,
        ("line_quota_limit",): limit,
        ("line_quota_used",): 0,
        ("line_quota_left",): limit,
    }


async def test_what_the_channel_tells_is_known_to_all_and_our_count_goes_on_from_it() -> None:
    core = Core(messenger=FakeMessenger(quota_left=100))
    refresh = refresh_of(core)
    await refresh.run()
    for text in ("one", "two"):
        await put(core, text)
        await send(core)
    counted = await quota_of(core)
    # Somebody pushed by other means, too.
    core.messenger.pushes_charged += 5
    core.messenger.quota_left = 93
    await refresh.run()
    told = await quota_of(core)
    await put(core, "three")
    await send(core)

    assert (counted.limit, counted.used) == (100, 2)
    assert (told.limit, told.used, told.told_at) == (100, 7, core.clock.now())
    assert (await quota_of(core)).used == 8


async def test_owners_are_warned_of_what_others_pushed_once() -> None:
    core = Core(messenger=FakeMessenger(quota_left=4, pushes_charged=96))
    refresh = refresh_of(core)
    for _ in range(2):
        await refresh.run()

    assert await core.texts() == ["LINE's quota: 95 % used"]


async def test_a_quota_that_cannot_be_asked_for_is_told_once_each_time_it_fails_anew(
    caplog: pytest.LogCaptureFixture,
) -> None:
    core = Core()
    messenger, refresh = core.messenger, refresh_of(core)

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
