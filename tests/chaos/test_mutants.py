"""A Denrei with a fault is found out, by the complaint that names the fault."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.simulator.line_faults import Fault
from tests.chaos.batch import Ground
from tests.chaos.plan import (
    ONE,
    Blow,
    ChatPlan,
    FaultPlan,
    Kind,
    Plan,
    Progress,
    PromptPlan,
    Topology,
    When,
)

pytestmark = pytest.mark.chaos


def plan(*faults: FaultPlan) -> Plan:
    """One person, three prompts; the model thinks for a while about each."""
    prompts = tuple(
        PromptPlan(marker=f"s1p{n}", kind=Kind.SLOW, pause=0, think=0.4) for n in (1, 2, 3)
    )
    return Plan(
        seed=0,
        topology=Topology.SMALL,
        real_cli=False,
        lease_seconds=3,
        hang_seconds=1,
        chats=(ChatPlan(name="haru", prompts=prompts),),
        faults=faults,
    )


KILL = FaultPlan(
    blow=Blow.KILL,
    target=ONE,
    when=When(progress=Progress.ASKED, count=2, delay=0.1),
    seconds=0.1,
)
FAILED_PUSHES = tuple(
    FaultPlan(
        blow=Blow.LINE,
        target="line",
        when=When(progress=Progress.TAKEN, count=1, delay=0),
        line=fault,
        calls=(call,),
        count=2,
    )
    for fault, call in ((Fault.TOO_LATE, "reply"), (Fault.ACCEPT_THEN_ERROR, "push"))
)


@pytest.mark.parametrize(
    ("mutant", "faults", "complaint"),
    [
        ("pushes_under_a_new_key_each_time", FAILED_PUSHES, "no message is seen twice"),
        ("forgets_that_the_model_was_asked", (KILL,), "no prompt reaches the model twice"),
        ("takes_events_without_storing_them", (KILL,), "every prompt is answered or reported"),
    ],
)
async def test_a_fault_of_denrei_s_is_found(
    ground: Ground, tmp_path: Path, mutant: str, faults: tuple[FaultPlan, ...], complaint: str
) -> None:
    outcome = await ground.run(replace(plan(*faults), mutant=mutant), tmp_path)

    assert complaint in "\n".join(outcome.violations)


async def test_without_a_fault_the_same_blows_are_borne(ground: Ground, tmp_path: Path) -> None:
    outcome = await ground.run(plan(KILL, *FAILED_PUSHES), tmp_path)

    assert outcome.violations == ()
    assert len(outcome.dealt) == 3
