"""One run: a plan is carried out, waited for, and judged."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.blows import Blows
from tests.chaos.books import UNREADABLE
from tests.chaos.evidence import Evidence
from tests.chaos.gather import (
    commands_of,
    effects_in,
    prompts_of,
    said_in,
    shown_by,
    taken_by,
)
from tests.chaos.oracles import violations
from tests.chaos.people import Chat
from tests.chaos.plan import FaultPlan, Plan
from tests.chaos.processes import left_of, servers_of
from tests.chaos.stores import OwnPostgres
from tests.chaos.town import ChaosTown, chaos_town

#: For people and blows, and then until all is quiet.
TALK_SECONDS, QUIET_SECONDS = 60.0, 40.0
#: How long what a killed gateway had started may outlive the last process.
LEFT_SECONDS = 3.0
#: It is quiet when so many looks in a row have found nothing.
QUIET_LOOKS, LOOK_SECONDS = 3, 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    plan: Plan
    seconds: float
    violations: tuple[str, ...]
    dealt: tuple[tuple[float, FaultPlan], ...] = ()
    recoveries: tuple[float, ...] = ()
    #: Prompts by what became of them.
    turns: Counter[str]


async def run(
    plan: Plan, folder: Path, nursery_socket: Path, postgres: OwnPostgres | None = None
) -> Outcome:
    """Never raises for what goes wrong in it: that is a violation too."""
    began = time.monotonic()
    try:
        async with chaos_town(plan, folder, nursery_socket, postgres) as town:
            evidence, blows = await _carry_out(town)
    except Exception:  # noqa: BLE001 - any at all
        told = f"the run itself failed:\n{traceback.format_exc()}"
        seconds = time.monotonic() - began
        return Outcome(plan=plan, seconds=seconds, violations=(told,), turns=Counter())
    return Outcome(
        plan=plan,
        seconds=time.monotonic() - began,
        violations=tuple(violations(evidence)),
        dealt=tuple(blows.dealt),
        recoveries=evidence.recoveries,
        turns=Counter(turn.state for turn in evidence.books.turns),
    )


async def _carry_out(town: ChaosTown) -> tuple[Evidence, Blows]:
    await town.start_all()
    blows = Blows(town)
    chats = [
        Chat(plan=chat, platform=town.platform, session_number=town.session_number)
        for chat in town.plan.chats
    ]
    tapping = [asyncio.create_task(chat.tap_cards()) for chat in chats]
    dealing = [asyncio.create_task(blows.deal(fault)) for fault in town.plan.faults]
    async with asyncio.timeout(TALK_SECONDS):
        await asyncio.gather(*(chat.talk() for chat in chats))
    unfinished = await _until_quiet(town, blows)
    await _give_up([*tapping, *dealing])
    books = await town.stores.database.read()
    exits = await town.end_all()
    evidence = Evidence(
        plan=town.plan,
        prompts=prompts_of(town.platform, chats),
        shown=shown_by(town.platform),
        calls=tuple(town.model.calls),
        books=books,
        effects=effects_in(town.folder / "workspace"),
        commands=commands_of(chats),
        unfinished=unfinished,
        exits=exits,
        left=await _left(town.folder),
        recoveries=await blows.recoveries(),
    )
    return evidence, blows


async def _until_quiet(town: ChaosTown, blows: Blows) -> dict[str, int]:
    """What is not settled in the end."""
    unfinished: dict[str, int] = {}
    with suppress(TimeoutError):
        async with asyncio.timeout(QUIET_SECONDS):
            quiet = 0
            while quiet < QUIET_LOOKS:
                await asyncio.sleep(LOOK_SECONDS)
                unfinished = await _unfinished(town)
                quiet = 0 if unfinished or blows.under_way else quiet + 1
    return unfinished


async def _unfinished(town: ChaosTown) -> dict[str, int]:
    try:
        unfinished = await town.stores.database.unfinished()
    except UNREADABLE as error:
        return {f"databases unreadable ({type(error).__name__})": 1}
    missing = len(said_in(town.platform) - taken_by(town.platform).keys())
    return {**unfinished, "events not taken": missing} if missing else unfinished


async def _give_up(tasks: list[asyncio.Task[None]]) -> None:
    """Raises what went wrong in one that had ended."""
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    for task in tasks:
        if not task.cancelled():
            task.result()


async def _left(folder: Path) -> dict[int, str]:
    """What lives on although all have ended, some of it a little while after its gateway."""
    left: dict[int, str] = {}
    with suppress(TimeoutError):
        async with asyncio.timeout(LEFT_SECONDS):
            while left := left_of(folder):  # noqa: ASYNC110 - /proc tells nobody
                await asyncio.sleep(LOOK_SECONDS)
    return left | dict.fromkeys(servers_of(folder / "data"), "valkey")
