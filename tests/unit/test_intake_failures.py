"""Stored webhook events that cannot be handled: tried again, put aside, in nobody's way."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from orchestrator_core.intake import MOST_FAILURES
from orchestrator_core.model import InboxState
from tests.core import Core, token
from tests.intakes import Deadly, Stumbling, going_process, new_process, prompts, states
from tests.people import GROUP, says


async def test_what_an_event_causes_is_written_with_it_or_not_at_all() -> None:
    core = Core()
    intake = await going_process(core, Stumbling(core, lambda text: text == "fails"))
    await core.receive(says("/new"), says("fails"))
    await intake.handle_new()

    assert await prompts(core) == []
    assert "heard fails" not in await core.texts()
    assert (states(core))[1] is InboxState.NEW


async def test_an_event_that_keeps_failing_is_put_aside_with_an_apology() -> None:
    core = Core()
    await core.know()
    stumbling = Stumbling(core, lambda text: text == "fails")
    intake = await going_process(core, stumbling)
    await core.receive(replace(says("fails"), reply_token=token(core)), says("works"))
    for _ in range(MOST_FAILURES + 1):
        await intake.handle_new()

    assert states(core) == [InboxState.FAILED, InboxState.DONE]
    assert stumbling.heard.count("fails") == MOST_FAILURES
    assert (await core.texts())[0].startswith("Something went wrong with your last message")
    assert (await core.texts())[1:] == ["heard works"]


async def test_even_the_first_message_of_an_owner_gets_its_apology() -> None:
    core = Core()
    intake = await going_process(core, Stumbling(core, bool))
    await core.receive(says("失敗しました"))
    for _ in range(MOST_FAILURES):
        await intake.handle_new()

    [text] = await core.texts()
    assert states(core) == [InboxState.FAILED]
    assert "もう一度" in text


async def test_a_later_message_of_the_chat_does_not_overtake_one_that_failed() -> None:
    core = Core()
    await core.know()
    failures = [True]
    stumbling = Stumbling(core, lambda text: text == "first" and bool(failures))
    intake = await going_process(core, stumbling)
    await core.receive(says("first"), says("second"), says("other", chat=GROUP))
    await intake.handle_new()
    after_the_failure = states(core)
    failures.clear()
    await intake.handle_new()

    assert after_the_failure == [InboxState.NEW, InboxState.NEW, InboxState.DONE]
    assert await prompts(core) == ["first", "second"]


async def test_an_event_that_ends_every_process_is_put_aside_with_an_apology() -> None:
    """The first process did not know; those after it count before they begin."""
    core = Core()
    await core.know()
    first = await going_process(core, Deadly(core))
    await core.receive(says("deadly"), says("next"))
    for process in [first, *(new_process(core, Deadly(core)) for _ in range(MOST_FAILURES))]:
        with pytest.raises(asyncio.CancelledError):
            await process.handle_new()
    await core.intake().handle_new()

    assert states(core) == [InboxState.FAILED, InboxState.DONE]
    assert await prompts(core) == ["next"]
    assert (await core.texts())[0].startswith("Something went wrong with your last message")


async def test_an_event_left_by_a_process_that_died_of_something_else_is_as_any_other() -> None:
    core = Core()
    await core.receive(says("deadly"), says("two"))
    with pytest.raises(asyncio.CancelledError):
        await new_process(core, Deadly(core)).handle_new()
    await core.intake().handle_new()

    assert await prompts(core) == ["deadly", "two"]
    assert [event.failures for event in core.store.inbox_events] == [1, 0]


async def test_an_event_that_was_left_and_fails_is_put_aside_as_well() -> None:
    core = Core()
    await core.know()
    await core.receive(says("fails"), says("works"))
    stumbling = Stumbling(core, lambda text: text == "fails")
    intake = new_process(core, stumbling)
    for _ in range(MOST_FAILURES + 1):
        await intake.handle_new()

    assert states(core) == [InboxState.FAILED, InboxState.DONE]
    assert stumbling.heard.count("fails") == MOST_FAILURES


async def test_an_event_is_put_aside_even_where_the_apology_fails() -> None:
    core = Core()
    core.outbox = replace(core.outbox, new_key=_no_key)
    intake = await going_process(core, Stumbling(core, lambda text: text == "fails"))
    await core.receive(says("fails"))
    for _ in range(MOST_FAILURES):
        await intake.handle_new()

    assert states(core) == [InboxState.FAILED]


async def test_while_nothing_can_be_written_it_waits_instead_of_spinning() -> None:
    """A full disk: reading works, writing does not."""
    core = Core()
    await core.receive(says("hello"))
    core.store.error = OSError("no space left")
    intake = core.intake()
    in_trouble = await intake.handle_new()
    core.store.error = None
    await intake.handle_new()

    assert not in_trouble
    assert await prompts(core) == ["hello"]


def _no_key() -> str:
    raise OSError("no randomness")
