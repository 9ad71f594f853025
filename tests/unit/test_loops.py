"""The loops of a process end in order, whatever becomes of one of them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from bot.loops import running
from bot.roles import Part, ServeRole
from bot.serve import Deadline

ALL = Part(roles=frozenset(ServeRole))


@dataclass(slots=True, kw_only=True)
class Loop:
    """Notes when it ended. A stubborn one does so only when it may."""

    name: str
    ended: list[str]
    stubborn: bool = False
    broken: bool = False
    drain_for: timedelta = timedelta(0)
    wind_up_for: timedelta = timedelta(0)
    end_within: float = 0
    may_end: asyncio.Event = field(default_factory=asyncio.Event)

    async def recover(self, *, alone: bool) -> None:
        # The loops begun so far shall be under way.
        await asyncio.sleep(0)
        if self.broken:
            raise OSError("database away")

    async def run(self) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            if self.stubborn:
                await self.may_end.wait()
            self.ended.append(self.name)


class Quiet:
    """The parts that these tests do not ask about."""

    async def warm_up(self) -> None:
        await asyncio.Event().wait()

    def end_leftovers(self) -> int:
        return 0

    async def evict_idle(self) -> None:
        """Nothing is idle."""


def a_core(*, broken: str = "", stubborn: str = "") -> Any:
    ended: list[str] = []
    loops = {
        name: Loop(name=name, ended=ended, broken=name == broken, stubborn=name == stubborn)
        for name in ("intake", "worker", "fetcher", "courier")
    }
    quiet = Quiet()
    return SimpleNamespace(
        **loops, ended=ended, messenger=quiet, launcher=quiet, clients=quiet, jobs=()
    )


async def test_they_end_in_the_order_that_loses_nothing() -> None:
    core = a_core()
    async with running(core, ALL, alone=True) as loops:
        await asyncio.sleep(0)
        begun = set(loops)

    assert begun == {"intake", "worker", "fetcher", "courier"}
    assert core.ended == ["intake", "worker", "fetcher", "courier"]


async def test_where_one_does_not_begin_those_before_it_are_ended_in_order() -> None:
    core = a_core(broken="courier")
    with pytest.raises(OSError, match="away"):
        async with running(core, ALL, alone=True):
            pytest.fail("it has begun")

    assert core.ended == ["intake", "worker", "fetcher"]


async def test_one_that_hangs_is_named_and_keeps_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    core = a_core(stubborn="intake")
    async with asyncio.timeout(5), running(core, ALL, alone=True, patience=0.05) as loops:
        await asyncio.sleep(0)
        intake = loops["intake"]
    ended = list(core.ended)
    core.intake.may_end.set()
    await asyncio.wait([intake])

    assert ended == ["worker", "fetcher", "courier"]
    [said] = [record for record in caplog.records if record.message == "loop did not end"]
    assert vars(said)["loop"] == "intake"


async def test_a_process_that_hangs_is_ended_by_force(caplog: pytest.LogCaptureFixture) -> None:
    status: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    tell = asyncio.get_running_loop().call_soon_threadsafe
    deadline = Deadline(0.01, lambda code: tell(status.set_result, code))
    deadline.begin()
    deadline.begin()

    async with asyncio.timeout(5):
        assert await status == 1
    assert caplog.messages == ["process did not end"]
