"""Turns per second beside two queues that keep the order of a session too, on one PostgreSQL.

Every contender is one process that asks and answers; a rival answers with one row, Denrei with
all it keeps of a turn. They run by turns, so that a slow minute of the machine is everybody's.
The rivals have an environment of their own, which `make bench` sets up.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import uvloop

from tests.benchmarks.rival_race import PATIENCE_SECONDS, Race
from tests.benchmarks.turns import (
    TURNS,
    WARM_UP,
    TurnsResult,
    on_postgres,
    on_sqlite,
    wait_for_the_disk,
)
from tests.benchmarks.turns_world import SESSIONS
from tests.servers import Postgres, postgres

ROUNDS = 3
#: Fewer than on SQLite: what waits makes procrastinate slower, and Denrei not.
POSTGRES_TURNS = 1_000
ROOT = Path(__file__).parents[2]
RIVALS_PYTHON = ROOT / ".venv-bench" / "bin" / "python"
SQLITE, POSTGRES = "Denrei, SQLite, synchronous=FULL", "Denrei, PostgreSQL"
RIVALS = {
    "procrastinate, lock of a session": "tests.benchmarks.rival_procrastinate",
    "DBOS, partition of a session": "tests.benchmarks.rival_dbos",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Of one run."""

    per_second: float
    #: Milliseconds, sorted; none of a rival.
    wakes: Sequence[float] = ()


Contender = Callable[[], Awaitable[Speed]]


def report(folder: Path) -> None:
    with (
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        postgres(f"bench-{time.time_ns()}") as server,
    ):
        runner.run(_report(server, folder / "rivals.txt"))


async def _report(server: Postgres, log: Path) -> None:
    print(f"Turns of {SESSIONS} sessions, a no-op agent, from enqueue to outbox, {ROUNDS} rounds")
    await wait_for_the_disk(server)
    runs: dict[str, list[Speed]] = {}
    for _ in range(ROUNDS):
        for name, run in _contenders(server, log).items():
            runs.setdefault(name, []).append(await run())
    speeds = {name: [one.per_second for one in found] for name, found in runs.items()}
    for name, found in speeds.items():
        print(
            f"  {name:34} {statistics.median(found):7,.0f} turns/s"
            f"   ({min(found):,.0f} to {max(found):,.0f})"
        )
    print("  aim: 1,000 on SQLite; on PostgreSQL at least twice each rival")
    for name in RIVALS:
        if name in speeds:
            print(f"  ratio to {name:32} {_ratio(speeds[POSTGRES], speeds[name]):5.2f}")
    if not RIVALS_PYTHON.exists():
        print("  without the rivals: `make bench` sets them up")
    for name in (SQLITE, POSTGRES):
        _print_wakes(name, [wake for run in runs[name] for wake in run.wakes])
    print()


def _contenders(server: Postgres, log: Path) -> dict[str, Contender]:
    rivals = RIVALS if RIVALS_PYTHON.exists() else {}
    return {
        SQLITE: lambda: _ours(on_sqlite(turns=TURNS)),
        POSTGRES: lambda: _ours(on_postgres(server, turns=POSTGRES_TURNS)),
        **{
            name: lambda module=module: _theirs(module, server, log)  # type: ignore[misc]
            for name, module in rivals.items()
        },
    }


async def _ours(measuring: Awaitable[TurnsResult]) -> Speed:
    result = await measuring
    return Speed(per_second=result.per_second, wakes=result.wakes)


async def _theirs(module: str, server: Postgres, log: Path) -> Speed:
    async with server.new_database(migrated=False) as url:
        race = Race(url=url, sessions=SESSIONS, warm_up=WARM_UP, turns=POSTGRES_TURNS)
        seconds = await _run(module, race, log)
    return Speed(per_second=race.turns / seconds)


async def _run(module: str, race: Race, log: Path) -> float:
    """Raises RuntimeError when the rival failed; the log has its last words."""
    with log.open("ab") as said:
        process = await asyncio.create_subprocess_exec(
            RIVALS_PYTHON,
            *("-m", module, json.dumps(asdict(race))),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
            stderr=said,
        )
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                answer, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    if process.returncode != 0:
        raise RuntimeError(f"{module} failed; see {log}")
    return float(answer.splitlines()[-1])


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the rounds' own ratios."""
    return statistics.median(one / other for one, other in zip(ours, theirs, strict=True))


def _print_wakes(name: str, wakes: Sequence[float]) -> None:
    hundredths = statistics.quantiles(wakes, n=100)
    print(
        f"  wake to run, {name:32} p50 {hundredths[49]:6.2f} ms   p99 {hundredths[98]:6.2f} ms"
        "   (aim: p99 under 5 ms)"
    )
