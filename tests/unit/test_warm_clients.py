"""Which clients stay alive between turns, and which one a session gets."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orchestrator_core.errors import AgentError
from orchestrator_core.model import Session
from orchestrator_core.ports import AgentClient, AgentProfile
from orchestrator_core.warm_clients import WarmClients
from tests.fakes.agent import FakeAgentLauncher
from tests.fakes.conversation import PROFILE, new_session


class _Clock:
    def __init__(self) -> None:
        self.time = datetime(2026, 11, 23, 9, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
def launcher() -> FakeAgentLauncher:
    return FakeAgentLauncher()


@pytest.fixture
def clients(launcher: FakeAgentLauncher, clock: _Clock) -> WarmClients:
    return WarmClients(launcher, clock, idle_for=timedelta(minutes=10), most=2)


def _session(name: str) -> Session:
    return new_session(Path("/workspace"), session_id=name)


async def _use(clients: WarmClients, name: str) -> AgentClient:
    client = await clients.acquire(_session(name), PROFILE)
    await clients.release(name, client, keep=True)
    return client


async def test_a_released_client_serves_the_next_turn(
    clients: WarmClients, launcher: FakeAgentLauncher
) -> None:
    first = await _use(clients, "a")
    again = await clients.acquire(_session("a"), PROFILE)

    assert again is first
    assert len(launcher.clients) == 1


async def test_a_client_given_back_as_unfit_is_ended(
    clients: WarmClients, launcher: FakeAgentLauncher
) -> None:
    first = await clients.acquire(_session("a"), PROFILE)
    await clients.release("a", first, keep=False)

    assert launcher.closes == ["a"]
    assert await clients.acquire(_session("a"), PROFILE) is not first


async def test_a_dead_client_is_never_handed_out(
    clients: WarmClients, launcher: FakeAgentLauncher
) -> None:
    await _use(clients, "a")
    launcher.clients[0].die()
    client = await clients.acquire(_session("a"), PROFILE)

    assert client.is_alive
    assert client is launcher.clients[1]


async def test_a_changed_profile_starts_a_new_client(
    clients: WarmClients, launcher: FakeAgentLauncher
) -> None:
    await _use(clients, "a")
    other = AgentProfile(name="reviewer", model="claude-haiku-5")
    await clients.acquire(_session("a"), other)

    assert launcher.closes == ["a"]
    assert [client.profile for client in launcher.clients] == [PROFILE, other]


async def test_above_the_cap_the_least_recently_used_idle_client_goes(
    clients: WarmClients, launcher: FakeAgentLauncher
) -> None:
    for name in ("a", "b", "a", "c"):
        await _use(clients, name)

    assert launcher.closes == ["b"]
    assert len(clients) == 2


async def test_a_busy_client_is_never_ended_for_the_cap(
    clients: WarmClients, launcher: FakeAgentLauncher
) -> None:
    _, second, _ = [await clients.acquire(_session(name), PROFILE) for name in ("a", "b", "c")]
    closed_while_busy = list(launcher.closes)
    await clients.release("b", second, keep=True)

    assert closed_while_busy == []
    assert launcher.closes == ["b"]
    assert len(clients) == 2


async def test_starts_at_the_same_time_make_room_for_each_other(
    clients: WarmClients, launcher: FakeAgentLauncher
) -> None:
    await _use(clients, "a")
    await _use(clients, "b")
    await asyncio.gather(*[clients.acquire(_session(name), PROFILE) for name in ("c", "d")])

    assert sorted(launcher.closes) == ["a", "b"]


async def test_an_idle_client_ends_after_its_time_and_a_busy_one_does_not(
    clients: WarmClients, launcher: FakeAgentLauncher, clock: _Clock
) -> None:
    await _use(clients, "old")
    await clients.acquire(_session("busy"), PROFILE)
    clock.time += timedelta(minutes=9, seconds=59)
    await clients.evict_idle()
    closed_early = list(launcher.closes)
    clock.time += timedelta(seconds=1)
    await clients.evict_idle()

    assert closed_early == []
    assert launcher.closes == ["old"]


async def test_idle_time_counts_from_the_last_release(
    clients: WarmClients, launcher: FakeAgentLauncher, clock: _Clock
) -> None:
    await _use(clients, "a")
    clock.time += timedelta(minutes=9)
    await _use(clients, "a")
    clock.time += timedelta(minutes=9)
    await clients.evict_idle()

    assert launcher.closes == []


async def test_a_start_that_fails_takes_no_place(
    clients: WarmClients, launcher: FakeAgentLauncher
) -> None:
    launcher.connect_errors.append(AgentError("no start"))
    with pytest.raises(AgentError):
        await clients.acquire(_session("a"), PROFILE)

    assert len(clients) == 0
    assert (await clients.acquire(_session("a"), PROFILE)).is_alive


async def test_closing_ends_a_session_whatever_it_does(
    clients: WarmClients, launcher: FakeAgentLauncher
) -> None:
    busy = await clients.acquire(_session("busy"), PROFILE)
    await _use(clients, "idle")
    for name in ("busy", "idle", "unknown"):
        await clients.close(name)
    await clients.release("busy", busy, keep=True)

    assert launcher.closes == ["busy", "idle"]
    assert len(clients) == 0


async def test_closing_all_leaves_none(clients: WarmClients, launcher: FakeAgentLauncher) -> None:
    await clients.acquire(_session("a"), PROFILE)
    await _use(clients, "b")
    await clients.close_all()

    assert sorted(launcher.closes) == ["a", "b"]
    assert len(clients) == 0


async def test_what_an_earlier_run_gives_back_is_not_the_later_run_s(
    clients: WarmClients, launcher: FakeAgentLauncher
) -> None:
    earlier = await clients.acquire(_session("a"), PROFILE)
    later = await clients.acquire(_session("a"), PROFILE)
    for client in (earlier, None):
        await clients.release("a", client, keep=False)
    alive = (earlier.is_alive, later.is_alive)
    await clients.release("a", later, keep=True)

    assert alive == (False, True)
    assert (launcher.kills, launcher.closes) == (["a"], [])
    assert await clients.acquire(_session("a"), PROFILE) is later


async def test_killing_ends_the_idle_and_the_busy_by_force(
    clients: WarmClients, launcher: FakeAgentLauncher
) -> None:
    busy = await clients.acquire(_session("a"), PROFILE)
    await _use(clients, "b")
    await asyncio.gather(clients.kill("a"), clients.kill("b"))
    await clients.release("a", busy, keep=True)

    assert sorted(launcher.kills) == ["a", "b"]
    assert launcher.closes == []
    assert clients.sessions == set()
