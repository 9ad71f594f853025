"""`python -m tests.chaos --seeds 1000`: run many plans, one line each, and sum up.

A seed that fails prints its plan and keeps its folder; `--seed N` runs it again.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from tests.chaos.batch import Batch, run_batch
from tests.chaos.plan import Topology, described, plan_of
from tests.chaos.run import Outcome
from tests.chaos.summary import summary_of

#: One nursery and one PostgreSQL serve so many seeds.
BATCH = 20


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="denrei-chaos-"))
    seeds = given.seed or [
        seed
        for seed in range(given.first, given.first + given.seeds)
        if given.topology in {None, plan_of(seed).topology}
    ]
    if given.verbose:
        print(*(described(plan_of(seed)) for seed in seeds), sep="\n")
    size = min(BATCH, -(-len(seeds) // given.jobs))
    batches = [
        Batch(seeds=tuple(seeds[at : at + size]), folder=folder, keep=given.verbose)
        for at in range(0, len(seeds), size)
    ]
    outcomes = list(_run_all(batches, given.jobs))
    print(summary_of(outcomes))
    if not any(folder.iterdir()):
        folder.rmdir()
    return 1 if any(outcome.violations for outcome in outcomes) else 0


def _run_all(batches: list[Batch], jobs: int) -> Iterator[Outcome]:
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        try:
            for done in as_completed([pool.submit(run_batch, batch) for batch in batches]):
                yield from done.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seeds", type=int, default=50, help="how many")
    parser.add_argument("--first", type=int, default=1, help="the first of them")
    parser.add_argument("--seed", type=int, action="append", help="just this one; repeatable")
    parser.add_argument("--topology", type=Topology, choices=list(Topology), help="only these")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time")
    parser.add_argument("--verbose", action="store_true", help="print plans and keep every folder")
    return parser


if __name__ == "__main__":
    sys.exit(main())
