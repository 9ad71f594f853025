"""What is told of a turn while it goes on: rarely, for free, and why it waits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orchestrator_core.agent_events import ApiRetried, TextWritten, ToolCalled
from orchestrator_core.messages import Card
from orchestrator_core.model import Language, Role, TurnState
from orchestrator_core.progress import LONG_WAIT_MS, Progress
from orchestrator_core.run_notes import note_event
from orchestrator_core.texts import texts_in
from tests.admitted import with_role
from tests.core import Core, token
from tests.fakes.agent import FakeAgentLauncher, Step, answer
from tests.people import OWNER, at_home
from tests.turns import run_all

PROGRESS = Progress(every=timedelta(minutes=3))


def retried(*, status: int | None = 529, delay_ms: int = LONG_WAIT_MS) -> ApiRetried:
    return ApiRetried(attempt=4, max_attempts=10, delay_ms=delay_ms, status=status)


async def told_by(core: Core, *steps: Step) -> list[str]:
    """Run a turn of these steps; what was to be sent."""
    core.launcher.script = lambda _: [*steps, *answer("done")]
    session = await core.session()
    await core.ask(session, "go")
    await run_all(core.worker())
    return await core.texts()


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (529, "Claude is overloaded at the moment"),
        (429, "the limit for requests to Claude is reached for the moment"),
        (None, "Claude cannot be reached"),
        (503, "there is a fault on Claude's side"),
    ],
)
async def test_a_long_wait_is_told_with_its_reason(status: int | None, why: str) -> None:
    texts = await told_by(Core(), retried(status=status))

    assert texts == [
        f"#1 go has to wait: {why}. It tries again by itself, up to 10 times; that may take "
        "some minutes.",
        "done",
    ]


async def test_it_is_told_once_however_often_it_is_tried() -> None:
    texts = await told_by(Core(), *[retried()] * 5, TextWritten(text="so"), retried(status=429))

    assert len(texts) == 2


async def test_a_wait_that_is_over_in_a_moment_is_not_told() -> None:
    core = Core()
    texts = await told_by(core, retried(delay_ms=LONG_WAIT_MS - 1))

    assert texts == ["done"]
    assert core.metrics.times("api_retries", status="529") == 1


async def test_what_waits_for_the_api_of_a_turn_without_a_chat_is_told_to_nobody() -> None:
    core = Core(launcher=FakeAgentLauncher(script=lambda _: [retried(), *answer("done")]))
    session = await core.session(chat=None)
    async with core.store.transaction() as records:
        await core.desk.ask(records, session, "go", now=core.clock.now())
    await run_all(core.worker())

    assert await core.texts() == []


async def test_whose_role_was_taken_away_is_not_told() -> None:
    core = Core()
    async with core.store.transaction() as records:
        await records.people.save(with_role(Role.STRANGER, OWNER))

    assert await told_by(core, retried()) == []


async def test_the_notice_is_free_and_the_answer_does_not_use_its_token_again() -> None:
    core = Core(launcher=FakeAgentLauncher(script=lambda _: [retried(), *answer("done")]))
    session = await core.session()
    await core.ask(session, "go", origin=at_home(OWNER, token(core)))
    await run_all(core.worker())
    tokens = [one.reply_token and one.reply_token.value for one in await core.deliveries()]

    assert tokens == ["token", None]


async def progress_of(core: Core, turn_id: int) -> Card | None:
    async with core.store.transaction() as records:
        turn = await records.turns.lock(turn_id)
        session = await records.sessions.lock(turn.session_id)
        say = texts_in(Language.ENGLISH)
        return await PROGRESS.card(records, turn, session, say, now=core.clock.now())


async def test_how_far_a_turn_is_is_told_with_its_latest_steps_once_in_a_while() -> None:
    core = Core()
    session = await core.session()
    turn = await core.ask(session, "go")
    bash = ToolCalled(call_id="1", tool="Bash", tool_input={"command": "npm test"})
    async with core.store.transaction() as records:
        for event in (TextWritten(text="Let me see."), bash):
            await note_event(records, turn, event, core.clock.now())
    first = await progress_of(core, turn.id)
    core.clock.advance(PROGRESS.every - timedelta(seconds=1))
    soon = await progress_of(core, turn.id)
    core.clock.advance(timedelta(seconds=1))
    later = await progress_of(core, turn.id)

    assert first is not None and later is not None and soon is None
    assert first.text == "Still at work. The latest:\n\n“Let me see.”\n› Bash: npm test"
    assert first.summary == "#1: › Bash: npm test"
    assert [button.command for button in first.buttons] == ["/tail 1", "/interrupt 1"]


async def test_of_a_turn_that_did_nothing_yet_nothing_is_told() -> None:
    core = Core()
    session = await core.session()
    turn = await core.ask(session, "go")
    await core.save_turn(turn, state=TurnState.RUNNING)

    assert await progress_of(core, turn.id) is None
