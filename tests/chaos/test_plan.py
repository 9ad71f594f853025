"""A plan follows from its seed alone, can be printed, and leaves nothing out over many seeds."""

from __future__ import annotations

import pytest

from bot.simulator.line_faults import Fault
from tests.chaos.plan import Blow, Kind, Topology, described, plan_of

PLANS = [plan_of(seed) for seed in range(1, 301)]


def test_a_seed_is_always_the_same_plan_and_another_is_another() -> None:
    assert [plan_of(seed) for seed in range(1, 301)] == PLANS
    assert len({described(plan) for plan in PLANS}) == len(PLANS)


def test_a_printed_plan_names_every_prompt_and_every_blow() -> None:
    for plan in PLANS:
        text = described(plan)

        assert all(prompt.marker in text for prompt in plan.prompts)
        assert len(text.splitlines()) == 1 + len(plan.chats) + len(plan.faults)


def test_over_many_seeds_everything_is_tried() -> None:
    faults = [fault for plan in PLANS for fault in plan.faults]

    assert {plan.topology for plan in PLANS} == set(Topology)
    assert {plan.real_cli for plan in PLANS} == {True, False}
    assert {prompt.kind for plan in PLANS for prompt in plan.prompts} == set(Kind)
    assert {fault.blow for fault in faults} == set(Blow)
    assert {fault.line for fault in faults} - {None} == set(Fault) - {Fault.UNAUTHORIZED}
    assert any(chat.stop_after is not None for plan in PLANS for chat in plan.chats)


@pytest.mark.parametrize("topology", Topology)
def test_every_process_and_every_store_is_hit(topology: Topology) -> None:
    plans = [plan for plan in PLANS if plan.topology is topology]
    hit = {fault.target for plan in plans for fault in plan.faults}
    stores = {"valkey", "postgres"} if topology is Topology.LARGE else {"valkey"}

    assert hit == {*plans[0].processes, *stores, "line"}


def test_some_processes_sleep_longer_than_their_lease() -> None:
    assert any(
        fault.seconds > plan.lease_seconds
        for plan in PLANS
        for fault in plan.faults
        if fault.blow is Blow.FREEZE
    )
