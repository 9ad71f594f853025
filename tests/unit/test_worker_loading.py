"""The loading animation while a turn runs."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from orchestrator_core.model import JsonObject
from orchestrator_core.ports import Topic
from tests.core import Core
from tests.fakes.agent import FakeAgentLauncher, Hold, Step, UseTool
from tests.people import HOME
from tests.waiting import going, until


async def test_loading_is_shown_in_a_private_chat_while_a_turn_runs() -> None:
    gate = asyncio.Event()
    core = Core(launcher=FakeAgentLauncher(script=lambda _: [Hold(event=gate)]))
    await core.ask(await core.session())
    async with going(core.worker().run()):
        await core.messenger.wait_until(lambda: core.messenger.loading != [])
        gate.set()

    assert core.messenger.loading == [(HOME.id, 60)]


async def test_loading_is_shown_when_work_goes_on_and_not_while_a_person_is_asked() -> None:
    gate = asyncio.Event()
    tool_input: JsonObject = {"command": "ls"}
    script: list[Step] = [UseTool(tool="Bash", tool_input=tool_input), Hold(event=gate)]
    core = Core(launcher=FakeAgentLauncher(script=lambda _: script))
    await core.know()
    await core.ask(await core.session())
    async with going(core.worker().run()):
        await until(lambda: "Claude asks: Bash" in shown_titles(core))
        while_asked = list(core.messenger.loading)
        core.clock.advance(timedelta(minutes=11))
        core.wakeups.ring(Topic.APPROVALS)
        await core.messenger.wait_until(lambda: len(core.messenger.loading) == 1)
        gate.set()

    assert while_asked == []
    assert core.launcher.verdicts == [False]


def shown_titles(core: Core) -> list[str]:
    return [getattr(message, "title", "") for message in core.renderer.shown]
