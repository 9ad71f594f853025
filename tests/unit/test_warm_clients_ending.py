"""Clients that take their time to start or to end: a session never has two."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from orchestrator_core.model import Session
from orchestrator_core.ports import AgentLauncher, AgentProfile
from orchestrator_core.warm_clients import WarmClients
from tests.fakes.agent import FakeAgentClient, FakeAgentLauncher
from tests.fakes.clock import FakeClock
from tests.fakes.conversation import PROFILE, new_session
from tests.turns import SlowLauncher


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def _clients(launcher: AgentLauncher, clock: FakeClock) -> WarmClients:
    return WarmClients(launcher, clock, idle_for=timedelta(minutes=10), most=2)


def _session(name: str) -> Session:
    return new_session(Path("/workspace"), session_id=name)


async def _use(clients: WarmClients, name: str) -> None:
    client = await clients.acquire(_session(name), PROFILE)
    await clients.release(name, client, keep=True)


class _SlowEnd(FakeAgentLauncher):
    """Its clients take until `may_end` to close."""

    may_end: asyncio.Event
    ending: asyncio.Event

    async def connect(self, session: Session, profile: AgentProfile) -> FakeAgentClient:
        client = await FakeAgentLauncher.connect(self, session, profile)
        return _SlowClient(self, client.session, client.profile)


class _SlowClient(FakeAgentClient):
    async def close(self) -> None:
        assert isinstance(self._launcher, _SlowEnd)
        self._launcher.ending.set()
        await self._launcher.may_end.wait()
        await super().close()


async def test_a_session_never_has_two_processes_at_once(clock: FakeClock) -> None:
    """A new client waits until the old one of the same session has ended."""
    launcher = _SlowEnd()
    launcher.may_end, launcher.ending = asyncio.Event(), asyncio.Event()
    clients = _clients(launcher, clock)
    await _use(clients, "a")
    closing = asyncio.create_task(clients.close("a"))
    await launcher.ending.wait()
    acquiring = asyncio.create_task(clients.acquire(_session("a"), PROFILE))
    done, _ = await asyncio.wait([acquiring], timeout=0.01)
    launcher.may_end.set()
    await closing
    await acquiring

    assert not done
    assert launcher.closes == ["a"]
    assert len(launcher.clients) == 2


async def test_a_client_that_is_slow_to_close_can_be_killed(clock: FakeClock) -> None:
    launcher = _SlowEnd()
    launcher.may_end, launcher.ending = asyncio.Event(), asyncio.Event()
    clients = _clients(launcher, clock)
    await _use(clients, "a")
    closing = asyncio.create_task(clients.close("a"))
    await launcher.ending.wait()
    held = clients.sessions
    await clients.kill("a")
    left = clients.sessions
    launcher.may_end.set()
    await closing

    assert (held, left) == ({"a"}, set())
    assert launcher.kills == ["a"]


async def test_a_client_being_closed_is_waited_for_though_its_closing_was_cancelled(
    clock: FakeClock,
) -> None:
    launcher = _SlowEnd()
    launcher.may_end, launcher.ending = asyncio.Event(), asyncio.Event()
    clients = _clients(launcher, clock)
    await _use(clients, "a")
    clock.advance(timedelta(minutes=10))
    evicting = asyncio.create_task(clients.evict_idle())
    await launcher.ending.wait()
    evicting.cancel()
    await asyncio.wait([evicting])
    held = clients.sessions
    closing = asyncio.create_task(clients.close_all())
    early, _ = await asyncio.wait([closing], timeout=0.01)
    launcher.may_end.set()
    await closing

    assert (held, early) == ({"a"}, set())
    assert launcher.closes == ["a"]
    assert clients.sessions == set()


async def test_of_two_starts_for_one_session_only_the_last_client_is_left(
    clock: FakeClock,
) -> None:
    launcher = SlowLauncher()
    clients = _clients(launcher, clock)
    starts = [asyncio.create_task(clients.acquire(_session("a"), PROFILE)) for _ in range(2)]
    await asyncio.wait(starts, timeout=0.01)
    asked_at_first = launcher.asked
    launcher.may_start.set()
    earlier, later = await asyncio.gather(*starts)

    assert asked_at_first == 1
    assert (earlier.is_alive, later.is_alive) == (False, True)
    assert len(clients) == 1


class _BrokenEnd(FakeAgentLauncher):
    async def connect(self, session: Session, profile: AgentProfile) -> FakeAgentClient:
        client = await FakeAgentLauncher.connect(self, session, profile)
        return _BrokenClient(self, client.session, client.profile)


class _BrokenClient(FakeAgentClient):
    async def close(self) -> None:
        raise OSError("does not end")


async def test_a_client_that_fails_to_end_is_logged_and_forgotten(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    clients = _clients(_BrokenEnd(), clock)
    await _use(clients, "a")
    await clients.close("a")

    assert len(clients) == 0
    assert [record.message for record in caplog.records] == ["client did not close"]
