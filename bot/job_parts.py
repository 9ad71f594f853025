"""What one process does by the clock for all, made of what is open."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from bot.ground import Ground
from orchestrator_core.claude_launcher import cli_version
from orchestrator_core.courier import Courier
from orchestrator_core.jobs import SharedJobs, Works
from orchestrator_core.retention import Retention
from orchestrator_core.scheduler import Job
from orchestrator_core.upkeep import DailyChecks, QuotaRefresh, free_bytes


def jobs_of(ground: Ground, courier: Courier) -> tuple[Job, ...]:
    if ground.leader is None:
        return ()
    settings, config = ground.loaded.settings, ground.loaded.config
    folders = {"data": settings.denrei_data_dir, "workspace": settings.workspace}
    works = Works(
        sweep=courier.sweep,
        quota=QuotaRefresh(messenger=ground.messenger, metrics=ground.metrics).run,
        retention=Retention(
            store=ground.store,
            clock=ground.clock,
            keep=config.retention.spans(),
            transcripts=ground.transcripts,
            keep_transcripts=timedelta(days=config.retention.transcripts_days),
        ).run,
        checks=DailyChecks(
            store=ground.store,
            metrics=ground.metrics,
            folders=folders if ground.part.runs_claude else {},
            least_free_bytes=int(config.daily.least_free_gb * 10**9),
            free_bytes=free_bytes,
            cli_version=(
                partial(cli_version, settings.denrei_claude_path)
                if ground.part.runs_claude
                else None
            ),
        ).run,
    )
    shared = SharedJobs(
        store=ground.store,
        leader=ground.leader,
        clock=ground.clock,
        metrics=ground.metrics,
        runner=ground.me,
    )
    return shared.looks(*works.by_the_clock(hour=config.daily.hour, zone=config.timezone))
