"""How long `denrei serve` takes to be ready."""

from __future__ import annotations

import asyncio
import statistics
from pathlib import Path

from tests.benchmarks.processes import denrei

STARTS = 5


def report(folder: Path) -> None:
    homes = [folder / f"start-{number}" for number in range(STARTS)]
    for home in homes:
        home.mkdir()
    seconds = sorted(asyncio.run(_start(home)) for home in homes)
    print(f"Start of `denrei serve` to ready, new data folder, {STARTS} starts")
    print(f"  median {statistics.median(seconds):.2f} s   most {seconds[-1]:.2f} s   (aim: 2 s)\n")


async def _start(home: Path) -> float:
    async with denrei(home) as started:
        return started.seconds
