"""The books agree with what the model billed, whatever happened to the CLI in between."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from bot.simulator.model_replies import Say, Usage, UseTool
from orchestrator_core.agent_events import Finished
from orchestrator_core.ports import AgentClient
from tests.fakes.claude_cli import PRICES, RealClaude, real_claude
from tests.fakes.conversation import PROFILE, allow


@pytest.fixture
async def real(tmp_path: Path) -> AsyncIterator[RealClaude]:
    async with real_claude(tmp_path) as real:
        yield real


async def test_the_turns_cost_what_the_model_billed_across_closing_and_killing(
    real: RealClaude,
) -> None:
    """Warm turns and a graceful end, then a kill, then an end in good order again."""
    conversation = real.conversation()
    for lap, killed in enumerate([False, True, False]):
        client = await real.launcher.connect(conversation.session, PROFILE)
        for turn in range(2):
            prompt = f"[{lap}-{turn}]"
            usage = Usage(input_tokens=100 * (lap + 1) + turn, output_tokens=30 + lap)
            real.model.on(prompt, Say(text="so", usage=usage))
            await conversation.take(client, prompt)
        if killed:
            real.kill(client)
        await client.close()

    assert len(real.model.calls) == 6
    assert conversation.session.cost_usd == real.model.billed_usd(PRICES) > 0


async def test_every_call_of_a_turn_with_tools_is_counted(real: RealClaude) -> None:
    conversation = real.conversation()
    bash = UseTool(tool="Bash", tool_input={"command": "true"})
    real.model.on("twice", bash, bash, Say(text="done"))
    client = await real.launcher.connect(conversation.session, PROFILE)
    try:
        await conversation.take(client, "twice", permit=allow)
    finally:
        await client.close()

    assert len(real.model.seen("twice")) == 3
    assert conversation.session.cost_usd == real.model.billed_usd(PRICES)


async def test_a_session_keeps_its_books_when_another_ends_in_its_workspace(
    real: RealClaude,
) -> None:
    """The CLI saves one counter a workspace: the second session wipes the first one's."""
    first, second = real.conversation(), real.conversation()
    for conversation in (first, second, first):
        client = await real.launcher.connect(conversation.session, PROFILE)
        await conversation.take(client, "hello")
        await client.close()

    assert first.session.cost_usd + second.session.cost_usd == real.model.billed_usd(PRICES)
    assert first.session.cost_usd == 2 * second.session.cost_usd == Decimal("0.0016")


async def test_the_cost_of_a_turn_left_early_falls_to_the_next(real: RealClaude) -> None:
    conversation = real.conversation()
    client = await real.launcher.connect(conversation.session, PROFILE)
    try:
        await _leave_after_first_event(client, "left")
        [*_, finished] = await conversation.take(client, "stayed")
    finally:
        await client.close()

    assert isinstance(finished, Finished)
    assert finished.cost_usd == finished.reported_total_usd > 0


async def _leave_after_first_event(client: AgentClient, prompt: str) -> None:
    turn = client.ask(prompt, permit=allow)
    await anext(turn)
    await turn.aclose()
