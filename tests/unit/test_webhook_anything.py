"""Webhook bodies and events that hold anything at all."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.line.webhook_events import WebhookBodyError, to_inbox
from orchestrator_core.incoming import Incoming, TextSaid
from orchestrator_core.messages import ApprovalTap
from orchestrator_core.model import InboxState
from tests.line_events import (
    ANNA,
    GROUP,
    NOW,
    POSTBACKS,
    READER,
    body_of,
    event,
    own,
    read,
    text_event,
)
from tests.whole import SETTLED, Whole

HUGE = st.sampled_from([10**400, -(10**400), 2**63, 2**64, 1e308, 0.1, -0.0])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | HUGE | st.floats() | st.text(),
    lambda children: (
        st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=8), children, max_size=4)
    ),
    max_leaves=12,
)

TAP = POSTBACKS.sign(
    ApprovalTap(approval_id=1, nonce="n", allow=True), chat_id=ANNA, person_id=ANNA
)
REAL = [
    text_event(mention={"mentionees": [own(0, 2)]}),
    event("postback", postback={"data": "v1.a.1.y.x"}),
    event("follow"),
    event("message", source={"type": "group", "groupId": GROUP, "userId": ANNA}),
    event("postback", postback={"data": TAP}),
    event(message={"type": "sticker", "id": "1", "packageId": "1", "stickerId": "2"}),
    event("unsend", unsend={"messageId": "1"}),
    event("unfollow"),
    event("join", source={"type": "group", "groupId": GROUP}),
    event("leave", source={"type": "group", "groupId": GROUP}),
]


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """A real event with one value anywhere in it replaced by anything."""
    one = json.loads(json.dumps(draw(st.sampled_from(REAL))))
    holder = one
    while True:
        name = draw(st.sampled_from(sorted(holder)))
        if isinstance(holder[name], dict) and draw(st.booleans()):
            holder = holder[name]
            continue
        holder[name] = draw(JSON)
        return one


@settings(max_examples=200, deadline=None)
@given(st.lists(mutated() | JSON, max_size=4))
def test_any_events_give_rows_a_database_can_keep(events: list[Any]) -> None:
    for row in to_inbox(body_of(*events), NOW):
        texts = [row.webhook_event_id, row.chat_id or "-", row.payload]

        assert all(text.isascii() and "\0" not in text for text in texts)
        assert len(row.webhook_event_id) <= 75
        assert row.message_id is None or row.message_id.isascii()
        assert len(row.message_id or "") <= 64
        assert 0 <= row.timestamp_ms < 2**63


@settings(max_examples=200, deadline=None)
@given(mutated() | JSON)
def test_any_event_is_read_or_named_unreadable(one: Any) -> None:
    try:
        incoming = read(one)
    except ValueError:
        return

    assert isinstance(incoming, Incoming)
    if isinstance(incoming, TextSaid):
        assert "\0" not in incoming.text
        assert incoming.text.encode()


@settings(max_examples=200, deadline=None)
@given(st.binary() | JSON.map(lambda one: json.dumps(one).encode()))
@example(b"\xef\xbb\xbf{}")
@example(b"\xff\xfe{\x00}\x00")
def test_any_bytes_are_a_body_or_named_unreadable(body: bytes) -> None:
    with contextlib.suppress(WebhookBodyError):
        rows = to_inbox(body, NOW)

        assert all(row.payload.isascii() for row in rows)


@settings(max_examples=200, deadline=None)
@given(mutated() | JSON)
def test_any_event_can_lose_its_content(one: Any) -> None:
    emptied = json.loads(READER.without_content(json.dumps(one)))

    assert isinstance(emptied, dict)
    assert set(emptied.get("message", {})) <= {"type", "id"}


async def _through(body: bytes) -> tuple[int, set[InboxState]]:
    """What the webhook answers, and what the events ended as."""
    whole = Whole()
    status = await whole.post(body)
    states = await whole.settle()
    await whole.check_deliveries()
    return status, states


DEEP = st.builds(
    lambda opened, closed, levels: opened * levels + "1" + closed * levels,
    *(st.just("["), st.just("]")),
    st.sampled_from([1, 500, 5000]),
) | st.just('"shallow"')


@settings(max_examples=100, deadline=None)
@given(st.lists(mutated() | JSON, max_size=4), DEEP)
@example([{**event("message"), "message": "deep"}, text_event(webhookEventId="B")], "[" * 9 + "]")
def test_any_events_are_taken_and_come_to_an_end(events: list[Any], deep: str) -> None:
    # Not by json.dumps: it could not write what is so deep.
    body = body_of(*events, {"odd": "deep"}).replace(b'"deep"', deep.encode())
    status, states = asyncio.run(_through(body))

    assert status in {200, 400}
    assert states <= SETTLED


@settings(max_examples=100, deadline=None)
@given(st.binary() | JSON.map(lambda one: json.dumps(one).encode()))
def test_any_bytes_are_answered_without_an_error_of_ours(body: bytes) -> None:
    status, states = asyncio.run(_through(body))

    assert status in {200, 400}
    assert states <= SETTLED
