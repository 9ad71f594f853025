"""Anything a person can type, from LINE's event to the calls that answer it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from orchestrator_core.model import InboxState, Language, Turn, TurnState
from tests.line_events import ANNA, GROUP, body_of, event, own, text_event
from tests.whole import Whole

SPACES = st.sampled_from([" ", "  ", "\n", "\t", "\u3000", "\u00a0", "\u2028", "\ufeff", ""])
WORDS = st.sampled_from(
    [
        *("new", "use", "status", "stop", "help", "NEW", "ｎｅｗ", "nwe", "s", "all", "İ", "ß"),
        *("新規", "状態", "停止", "ヘルプ", "使う", "全部", "etc/hosts", "/", "．", ""),
    ]
)
ARGUMENTS = st.sampled_from(
    [
        *("1", "２", "0", "-1", "9" * 30, "٣", "²", "①", "#1", "@claude", "＠reviewer go"),
        *("@nobody x", "@", "all", "*", "%", "_", "\\", "'; --", "{n}", "%s", "{0.__class__}"),
        *("hello", "直して", "👨‍👩‍👧", "e\u0301" * 50, "\u202e", "\ud83d", "\0", "a" * 400),
    ]
)
COMMANDS = st.builds(
    lambda before, slash, name, between, argument: before + slash + name + between + argument,
    SPACES,
    st.sampled_from(["/", "／", "//", ""]),
    WORDS | st.text(max_size=12),
    SPACES,
    ARGUMENTS | st.text(max_size=40),
)
LONG = st.builds(
    lambda character, times: character * times, st.characters(), st.sampled_from([300, 5001])
)
#: Mostly several lines, as what one does decides what the next one meets.
TALKS = st.lists(COMMANDS | COMMANDS | COMMANDS | st.text() | LONG, min_size=1, max_size=5)


def _said(lines: list[str], *, in_group: bool = False, mentioned: bool = False) -> list[Any]:
    group = {"type": "group", "groupId": GROUP, "userId": ANNA}
    where: dict[str, Any] = {"source": group} if in_group else {}
    mention = {"mentionees": [own(0, 7)]} if mentioned else None
    return [
        text_event(
            f"@Denrei {line}" if mentioned else line,
            message_id=f"M{number}",
            mention=mention,
            webhookEventId=f"E{number}",
            **where,
        )
        for number, line in enumerate(lines)
    ]


def _unsent(lines: list[str]) -> list[Any]:
    return [
        event("unsend", unsend={"messageId": f"M{number}"}, webhookEventId=f"U{number}")
        for number in range(len(lines))
    ]


async def _talk(events: list[Any], language: Language) -> tuple[int, set[InboxState]]:
    whole = Whole()
    await whole.core.know(ANNA, language)
    status = await whole.post(body_of(*events))
    states = await whole.settle()
    await whole.check_deliveries()
    return status, states


@settings(max_examples=80, deadline=None)
@given(TALKS, st.booleans(), st.booleans(), st.sampled_from(Language))
@example(["/new a", "/stop 1", "b", "/use 1", "/status"], False, False, Language.JAPANESE)
@example(["/new " + "x" * 5000, "/use " + "x" * 5000], False, False, Language.ENGLISH)
def test_whatever_is_typed_is_handled_and_what_is_said_to_it_can_be_sent(
    lines: list[str], in_group: bool, mentioned: bool, language: Language
) -> None:
    events = _said(lines, in_group=in_group, mentioned=mentioned)
    status, states = asyncio.run(_talk(events, language))

    assert status == 200
    assert states == {InboxState.DONE}


async def _take_back(lines: list[str], whole: Whole) -> list[Turn]:
    """The turns the lines had brought, after all of the lines were unsent."""
    await whole.post(body_of(*_said(lines)))
    await whole.settle()
    await whole.post(body_of(*_unsent(lines)))
    await whole.settle()
    async with whole.core.store.read() as records:
        brought = [
            one
            for number in range(len(lines))
            for one in await records.withdrawals.turns_of(ANNA, f"M{number}")
        ]
        return [await records.turns.lock(one.turn_id) for one in brought]


@settings(max_examples=50, deadline=None)
@given(TALKS)
def test_whatever_is_typed_can_be_taken_back(lines: list[str]) -> None:
    whole = Whole()
    turns = asyncio.run(_take_back(lines, whole))

    assert {event.state for event in whole.events} == {InboxState.DONE}
    assert all("text" not in json.loads(one.payload).get("message", {}) for one in whole.events)
    assert {turn.prompt for turn in turns} <= {""}
    assert {turn.state for turn in turns} <= {TurnState.WITHDRAWN, TurnState.STOPPED}
