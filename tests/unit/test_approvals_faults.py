"""Questions to a person while the database is away for a moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from orchestrator_core.model import ApprovalState
from orchestrator_core.ports import Records, Store, Topic
from tests.core import Core
from tests.questions import asked


class _Faulty:
    """A store that cannot be read as often as `faults` says."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.faults = 0

    def transaction(self) -> AbstractAsyncContextManager[Records]:
        return self._store.transaction()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Records]:
        if self.faults:
            self.faults -= 1
            raise OSError("the database is away")
        async with self._store.read() as records:
            yield records

    async def ping(self) -> None:
        await self._store.ping()


async def _fail(core: Core, store: _Faulty, times: int) -> None:
    """Let whoever waits for an answer look so often in vain."""
    store.faults = times
    async with asyncio.timeout(5):
        while store.faults:
            core.wakeups.ring(Topic.APPROVALS)
            await asyncio.sleep(0)


@pytest.fixture
def core() -> Core:
    return Core()


@pytest.fixture
def store(core: Core) -> _Faulty:
    store = _Faulty(core.store)
    core.approvals = replace(core.approvals, store=store)
    return store


async def test_a_question_outlives_reads_that_fail_and_is_then_answered(
    core: Core, store: _Faulty, caplog: pytest.LogCaptureFixture
) -> None:
    async with asked(core) as question:
        await _fail(core, store, 3)
        await question.tap()
        verdict = await question.verdict()

    assert verdict.allow
    assert [one.message for one in caplog.records] == ["answer unreadable for now"]


async def test_a_question_that_cannot_be_read_ends_in_time(core: Core, store: _Faulty) -> None:
    async with asked(core) as question:
        await _fail(core, store, 3)
        store.faults = 1
        core.clock.advance(timedelta(minutes=10))
        core.wakeups.ring(Topic.APPROVALS)
        verdict = await question.verdict()
        approval = await question.now()

    assert not verdict.allow
    assert approval.state is ApprovalState.EXPIRED
