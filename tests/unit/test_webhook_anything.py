"""Webhook bodies and events that hold anything at all."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.line.webhook_events import WebhookBodyError, to_inbox
from orchestrator_core.incoming import ButtonTapped, Followed, Ignored, TextSaid, UnsupportedSent
from tests.line_events import ANNA, GROUP, NOW, body_of, event, own, read, text_event

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: (
        st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=8), children, max_size=4)
    ),
    max_leaves=12,
)

REAL = [
    text_event(mention={"mentionees": [own(0, 2)]}),
    event("postback", postback={"data": "v1.a.1.y.x"}),
    event("follow"),
    event("message", source={"type": "group", "groupId": GROUP, "userId": ANNA}),
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


@settings(max_examples=300, deadline=None)
@given(st.lists(mutated() | JSON, max_size=4))
def test_any_events_give_rows_a_database_can_keep(events: list[Any]) -> None:
    for row in to_inbox(body_of(*events), NOW):
        texts = [row.webhook_event_id, row.chat_id or "-", row.payload]

        assert all(text.isascii() and "\0" not in text for text in texts)
        assert len(row.webhook_event_id) <= 75
        assert 0 <= row.timestamp_ms < 2**63


@settings(max_examples=300, deadline=None)
@given(mutated() | JSON)
def test_any_event_is_read_or_named_unreadable(one: Any) -> None:
    try:
        incoming = read(one)
    except ValueError:
        return

    assert isinstance(incoming, TextSaid | ButtonTapped | Followed | UnsupportedSent | Ignored)
    if isinstance(incoming, TextSaid):
        assert "\0" not in incoming.text
        assert incoming.text.encode()


@settings(max_examples=300, deadline=None)
@given(st.binary() | JSON.map(lambda one: json.dumps(one).encode()))
@example(b"\xef\xbb\xbf{}")
@example(b"\xff\xfe{\x00}\x00")
def test_any_bytes_are_a_body_or_named_unreadable(body: bytes) -> None:
    with contextlib.suppress(WebhookBodyError):
        rows = to_inbox(body, NOW)

        assert all(row.payload.isascii() for row in rows)
