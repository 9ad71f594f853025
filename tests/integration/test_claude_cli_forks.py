"""The real Claude Code begins a session as a copy of another's conversation."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import pytest

from orchestrator_core.agent_events import Finished
from orchestrator_core.claude_launcher import ClaudeLauncher, ClaudeOptions
from orchestrator_core.clock import SystemClock
from orchestrator_core.model import Session
from storage.store import open_store
from storage.transcripts import SqlTranscripts
from tests.fakes.claude_cli import PRICES, RealClaude, real_claude
from tests.fakes.conversation import PROFILE, Conversation
from tests.fakes.wakeups import FakeWakeups
from tests.servers import new_sqlite


@dataclass(slots=True)
class Scene:
    real: RealClaude
    options: ClaudeOptions
    folder: Path

    async def turn(self, talk: Conversation, prompt: str, *, home: str | None = None) -> str:
        """A turn with a Claude of its own; the id of its last message."""
        environment = dict(self.options.environment)
        if home is not None:
            environment["CLAUDE_CONFIG_DIR"] = str(self.folder / home)
        options = replace(self.options, environment=environment)
        client = await ClaudeLauncher(options).connect(talk.session, PROFILE)
        try:
            *_, finished = await talk.take(client, prompt)
        finally:
            await client.close()
        assert isinstance(finished, Finished)
        return finished.head or ""

    def knew(self, prompt: str) -> tuple[str, ...]:
        return self.real.model.seen(prompt)[0].request.earlier_prompts


@pytest.fixture(params=["with a store", "without"])
async def scene(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Scene]:
    file = new_sqlite(tmp_path)
    async with (
        real_claude(tmp_path) as real,
        open_store(f"sqlite://{file}", FakeWakeups()) as store,
    ):
        kept = SqlTranscripts(store, SystemClock()) if request.param == "with a store" else None
        yield Scene(real, replace(real.options, transcripts=kept), tmp_path)


def _copy_of(source: Session, *, at: str | None) -> Conversation:
    fork = replace(
        source,
        id="s2",
        claude_session_id=None,
        forked_from=source.claude_session_id,
        forked_at=at,
        cost_usd=Decimal(0),
        reported_total_usd=Decimal(0),
    )
    return Conversation(fork)


async def test_a_copy_knows_what_was_said_until_then_and_both_go_their_own_ways(
    scene: Scene,
) -> None:
    source = scene.real.conversation()
    head = await scene.turn(source, "[one]")
    await scene.turn(source, "[later]")
    fork = _copy_of(source.session, at=head)
    await scene.turn(fork, "[copied]")
    await scene.turn(source, "[source]")
    await scene.turn(fork, "[again]")

    assert scene.knew("[copied]") == ("[one]",)
    assert scene.knew("[source]") == ("[one]", "[later]")
    assert scene.knew("[again]") == ("[one]", "[copied]")
    costs = source.session.cost_usd + fork.session.cost_usd
    assert costs == scene.real.model.billed_usd(PRICES) > 0


async def test_without_a_message_to_end_at_all_of_it_is_copied(scene: Scene) -> None:
    source = scene.real.conversation()
    for prompt in ("[one]", "[two]"):
        await scene.turn(source, prompt)
    await scene.turn(_copy_of(source.session, at=None), "[copied]")

    assert scene.knew("[copied]") == ("[one]", "[two]")


@pytest.mark.parametrize("scene", ["with a store"], indirect=True)
async def test_a_copy_is_made_and_goes_on_where_the_source_has_never_been(scene: Scene) -> None:
    source = scene.real.conversation()
    head = await scene.turn(source, "[one]")
    fork = _copy_of(source.session, at=head)
    await scene.turn(fork, "[copied]", home="elsewhere")
    await scene.turn(fork, "[back]")

    assert scene.knew("[copied]") == ("[one]",)
    assert scene.knew("[back]") == ("[one]", "[copied]")
