"""How many destructive calls are caught, how many harmless ones asked, and how long it takes.

`python -m tests.guard.measure [file …]`; without files, the corpus beside this.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

from orchestrator_core.guard import Guard, Judgement, Outcome
from tests.guard.cases import Expected, corpus, expected_in, judged, standard_guard

_ROUNDS = 5


def main(files: list[str]) -> None:
    cases = [one for file in files for one in expected_in(Path(file))] or corpus()
    guard = standard_guard()
    results = [(case, *_timed(guard, case)) for case in cases]
    for case, judgement, _ in results:
        if _wrong(case, judgement):
            print(f"{case.outcome:5} → {judgement.outcome:5} {judgement.rule} {case.name!r}")
    stopped = {
        fine: [
            judgement.outcome is not Outcome.FINE
            for case, judgement, _ in results
            if (case.outcome is Outcome.FINE) is fine
        ]
        for fine in (True, False)
    }
    centiles = statistics.quantiles([spent for *_, spent in results], n=100)
    print(f"caught      {_share(stopped[False])}")
    print(f"false asks  {_share(stopped[True])}")
    print(f"µs a call   p50 {centiles[49] * 1e6:.0f}  p99 {centiles[98] * 1e6:.0f}")


def _timed(guard: Guard, case: Expected) -> tuple[Judgement, float]:
    times = []
    judgement = judged(guard, case.tool, case.tool_input)
    for _ in range(_ROUNDS):
        begun = time.perf_counter()
        judgement = judged(guard, case.tool, case.tool_input)
        times.append(time.perf_counter() - begun)
    return judgement, statistics.median(times)


def _wrong(case: Expected, judgement: Judgement) -> bool:
    """One that is caught less gravely than it should be is wrong, too."""
    fine = judgement.outcome is Outcome.FINE
    catastrophic = case.outcome is Outcome.NEVER and judgement.outcome is not Outcome.NEVER
    return fine is not (case.outcome is Outcome.FINE) or catastrophic


def _share(flags: list[bool]) -> str:
    return f"{sum(flags)}/{len(flags)} = {sum(flags) / max(len(flags), 1):.2%}"


if __name__ == "__main__":
    main(sys.argv[1:])
