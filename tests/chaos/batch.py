"""Runs several seeds in one process, which loads Denrei and starts PostgreSQL once for all."""

from __future__ import annotations

import asyncio
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.plan import Plan, Topology, plan_of
from tests.chaos.processes import open_nursery
from tests.chaos.run import Outcome, run
from tests.chaos.stores import OwnPostgres, own_postgres
from tests.chaos.summary import line_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    seeds: tuple[int, ...]
    folder: Path
    keep: bool


@dataclass(slots=True)
class Ground:
    """What runs one after the other may share. PostgreSQL comes when it is first needed."""

    nursery: Path
    _exits: ExitStack
    _postgres: OwnPostgres | None = field(default=None)

    async def run(self, plan: Plan, folder: Path) -> Outcome:
        if plan.topology is Topology.LARGE and self._postgres is None:
            self._postgres = self._exits.enter_context(own_postgres())
        return await run(plan, folder, self.nursery, self._postgres)


@contextmanager
def open_ground() -> Iterator[Ground]:
    with ExitStack() as exits:
        own = exits.enter_context(tempfile.TemporaryDirectory(prefix="nursery-"))
        yield Ground(exits.enter_context(open_nursery(Path(own))), exits)


def run_batch(batch: Batch) -> list[Outcome]:
    # In good order, or the servers started here would live on.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with open_ground() as ground:
        return [_run(seed, batch, ground) for seed in batch.seeds]


def _run(seed: int, batch: Batch, ground: Ground) -> Outcome:
    folder = batch.folder / f"seed-{seed}"
    folder.mkdir()
    outcome = asyncio.run(ground.run(plan_of(seed), folder))
    print(line_of(outcome, folder), flush=True)
    if not outcome.violations and not batch.keep:
        shutil.rmtree(folder, ignore_errors=True)
    return outcome
