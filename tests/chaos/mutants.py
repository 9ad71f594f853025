"""Denreis with one fault each, to see that the harness finds it.

Applied in a child of the nursery only, which is no more than that fault from then on.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from bot.line.messenger import LineMessenger
from orchestrator_core.turn_run import TurnRun
from storage.inbox_writer import SqlInboxWriter

Mutant = Callable[[], None]


def pushes_under_a_new_key_each_time() -> None:
    push = LineMessenger.push

    async def changed(self: LineMessenger, *given: Any, retry_key: str) -> tuple[str, ...]:  # noqa: ARG001
        return await push(self, *given, retry_key=str(uuid.uuid4()))

    LineMessenger.push = changed  # type: ignore[method-assign,assignment]


def forgets_that_the_model_was_asked() -> None:
    async def changed(self: TurnRun, *_: Any) -> None:
        self._reached = True

    TurnRun._mark_reached = changed  # type: ignore[method-assign,assignment]  # noqa: SLF001


def takes_events_without_storing_them() -> None:
    taken = 0
    store = SqlInboxWriter.store

    async def changed(self: SqlInboxWriter, events: Any) -> None:
        nonlocal taken
        taken += 1
        if taken % 2:
            await store(self, events)

    SqlInboxWriter.store = changed  # type: ignore[method-assign]


MUTANTS: dict[str, Mutant] = {
    mutant.__name__: mutant
    for mutant in (
        pushes_under_a_new_key_each_time,
        forgets_that_the_model_was_asked,
        takes_events_without_storing_them,
    )
}
