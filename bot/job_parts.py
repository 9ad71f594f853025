"""What one process does by the clock for all, made of what is open."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from bot.conversation_parts import Shared
from bot.ground import Ground
from bot.line.menus import LineMenuBoard
from bot.quota_parts import late_turns, quota_refresh
from orchestrator_core.claude_launcher import cli_version
from orchestrator_core.courier import Courier
from orchestrator_core.jobs import SharedJobs, Works
from orchestrator_core.menus import MenuSwitch
from orchestrator_core.ports import Leader
from orchestrator_core.retention import Retention
from orchestrator_core.schedule_clock import ScheduleClock
from orchestrator_core.scheduler import Job
from orchestrator_core.upkeep import DailyChecks, free_bytes


def jobs_of(ground: Ground, courier: Courier, shared: Shared) -> tuple[Job, ...]:
    if ground.leader is None:
        return ()
    config = ground.loaded.config
    works = Works(
        sweep=courier.sweep,
        quota=quota_refresh(ground, shared).run,
        retention=Retention(
            store=ground.store,
            clock=ground.clock,
            keep=config.retention.spans(),
            transcripts=ground.transcripts,
            keep_transcripts=timedelta(days=config.retention.transcripts_days),
        ).run,
        checks=_checks(ground).run,
    )
    jobs = SharedJobs(
        store=ground.store,
        leader=ground.leader,
        clock=ground.clock,
        metrics=ground.metrics,
        runner=ground.me,
    )
    return (
        *jobs.looks(*works.by_the_clock(hour=config.daily.hour, zone=config.timezone)),
        _schedules(ground, ground.leader, shared).job,
        late_turns(ground, shared).job,
        _menus(ground, ground.leader).job,
    )


def _checks(ground: Ground) -> DailyChecks:
    settings, config = ground.loaded.settings, ground.loaded.config
    folders = {"data": settings.denrei_data_dir, "workspace": settings.workspace}
    here = ground.part.runs_claude
    return DailyChecks(
        store=ground.store,
        metrics=ground.metrics,
        folders=folders if here else {},
        least_free_bytes=int(config.daily.least_free_gb * 10**9),
        free_bytes=free_bytes,
        cli_version=partial(cli_version, settings.denrei_claude_path) if here else None,
    )


def _menus(ground: Ground, leader: Leader) -> MenuSwitch:
    return MenuSwitch(
        store=ground.store,
        board=LineMenuBoard(ground.messenger),
        leader=leader,
        clock=ground.clock,
    )


def _schedules(ground: Ground, leader: Leader, shared: Shared) -> ScheduleClock:
    return ScheduleClock(
        store=ground.store,
        desk=shared.desk,
        gate=shared.gate,
        leader=leader,
        clock=ground.clock,
        metrics=ground.metrics,
    )
