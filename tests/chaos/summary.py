"""What a run and what many runs have come to, in lines for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.chaos.plan import described
from tests.chaos.run import Outcome


def line_of(outcome: Outcome, folder: Path) -> str:
    """One line; for one that failed, all that is needed to look into it."""
    plan = outcome.plan
    turns = " ".join(f"{state} {count}" for state, count in sorted(outcome.turns.items()))
    blows = ", ".join(
        f"{fault.line or fault.blow} {fault.target}@{at:.1f}" for at, fault in outcome.dealt
    )
    head = f"{plan.seed:5} {plan.topology} {'real' if plan.real_cli else 'agent'}"
    line = f"{head} {outcome.seconds:5.1f} s  {turns}  [{blows}]"
    if not outcome.violations:
        return f"ok   {line}"
    return "\n".join(
        [
            f"FAIL {line}",
            *(f"     {violation}" for violation in outcome.violations),
            f"     {folder}; again: python -m tests.chaos --seed {plan.seed}",
            described(plan),
        ]
    )


def summary_of(outcomes: Sequence[Outcome]) -> str:
    prompts = sum((outcome.turns for outcome in outcomes), Counter[str]())
    blows = Counter(
        f"{fault.blow} {fault.target}" if fault.line is None else f"LINE {fault.line}"
        for outcome in outcomes
        for _, fault in outcome.dealt
    )
    failed = [outcome.plan.seed for outcome in outcomes if outcome.violations]
    recoveries = sorted(seconds for outcome in outcomes for seconds in outcome.recoveries)
    lines = [
        f"seeds        {len(outcomes)}, {len(failed)} with violations {failed or ''}",
        f"prompts      {prompts.total()}: {_counted(prompts)}",
        f"blows        {blows.total()}: {_counted(blows)}",
        f"seconds      {sum(outcome.seconds for outcome in outcomes):.0f} in all",
    ]
    if recoveries:
        lines.append(
            f"recovery     of {len(recoveries)} sessions: p50 {_at(recoveries, 0.5):.2f} s,"
            f" p99 {_at(recoveries, 0.99):.2f} s, at most {recoveries[-1]:.2f} s"
        )
    return "\n".join(lines)


def _counted(counter: Counter[str]) -> str:
    return ", ".join(f"{count} {what}" for what, count in counter.most_common())


def _at(values: Sequence[float], share: float) -> float:
    return values[min(len(values) - 1, int(len(values) * share))]
