"""`make bench`: every figure the README names, measured here and now."""

from __future__ import annotations

import asyncio
import os
import platform
import statistics
import tempfile
from pathlib import Path

from tests.benchmarks import latency, webhook
from tests.benchmarks.processes import denrei

STARTS = 5


async def main() -> None:
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.platform()}\n")
    with tempfile.TemporaryDirectory(prefix="denrei-bench-") as name:
        folder = Path(name)
        await _webhook(folder)
        await _latency(folder)
        await _starts(folder)


async def _webhook(folder: Path) -> None:
    print(f"Webhook acknowledged, {webhook.CONNECTIONS} connections, {webhook.REQUESTS} requests")
    results = await webhook.measure(folder)
    for name, result in results:
        print(
            f"  {name:32} {result.per_second:8,.0f} requests/s"
            f"   p50 {result.percentile(50):6.1f} ms   p99 {result.percentile(99):6.1f} ms"
        )
    ours, theirs = (result.per_second for _, result in results)
    print(f"  ratio {ours / theirs:.2f}   (aim: at least 2; p99 under 20 ms)\n")


async def _latency(folder: Path) -> None:
    home = folder / "latency"
    home.mkdir()
    waits, megabytes = await latency.measure(home)
    print(f"LINE message to the model's server, warm session, {len(waits)} turns")
    print(
        f"  p50 {statistics.median(waits):.1f} ms   p95 {waits[int(len(waits) * 0.95)]:.1f} ms"
        f"   most {waits[-1]:.1f} ms   (aim: under 50 ms)"
    )
    print(f"  Denrei itself holds {megabytes:.0f} MB, each warm Claude about 190 MB more\n")


async def _starts(folder: Path) -> None:
    seconds = []
    for number in range(STARTS):
        home = folder / f"start-{number}"
        home.mkdir()
        async with denrei(home) as started:
            seconds.append(started.seconds)
    print(f"Start of `denrei serve` to ready, new data folder, {STARTS} starts")
    print(f"  median {statistics.median(seconds):.2f} s   most {max(seconds):.2f} s   (aim: 2 s)")


if __name__ == "__main__":
    asyncio.run(main())
