"""Signatures, and webhook bodies that become rows of the inbox."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.line.signature import signature_of, verify
from bot.line.webhook_events import WebhookBodyError, to_inbox
from orchestrator_core.model import InboxState
from tests.line_events import ANNA, NOW, SENT_MS, body_of, event, text_event


def test_only_the_signature_of_these_very_bytes_is_right() -> None:
    header = signature_of(b"body", b"secret")

    assert verify(b"body", header, b"secret")
    assert not verify(b"body ", header, b"secret")
    assert not verify(b"body", header, b"other")


@pytest.mark.parametrize("header", [None, "", "é", "\ud800", "x" * 10_000])
def test_a_missing_or_strange_signature_is_wrong_and_no_error(header: str | None) -> None:
    assert not verify(b"body", header, b"secret")


def test_every_event_becomes_one_row_in_order() -> None:
    rows = to_inbox(
        body_of(text_event(webhookEventId="A"), event("join", webhookEventId="B")), NOW
    )

    assert [row.webhook_event_id for row in rows] == ["A", "B"]
    assert [(row.state, row.chat_id) for row in rows] == [(InboxState.NEW, ANNA)] * 2
    assert [(row.timestamp_ms, row.received_at) for row in rows] == [(SENT_MS, NOW)] * 2


@pytest.mark.parametrize(
    ("one", "message_id"),
    [
        (text_event(), "1"),
        (event(message={"type": "sticker", "id": "7"}), "7"),
        (event("messageEdited", message={"type": "text", "id": "8", "text": "new"}), "8"),
        (event("unsend", unsend={"messageId": "9"}), "9"),
        (event("follow"), None),
        (event("unsend", message={"id": "1"}), None),
        (event(message={"type": "text", "text": "hi"}), None),
        (event(message={"type": "text", "id": 7, "text": "hi"}), None),
        (event(message={"type": "text", "id": "x" * 65, "text": "hi"}), None),
        (event(message=["id"]), None),
        (event(type=["unsend"]), None),
    ],
    ids=repr,
)
def test_the_message_an_event_is_about_is_noted(one: Any, message_id: str | None) -> None:
    (row,) = to_inbox(body_of(one), NOW)

    assert (row.message_id, row.state) == (message_id, InboxState.NEW)


def test_a_body_without_events_has_no_rows() -> None:
    assert to_inbox(b'{"destination":"U","events":[]}', NOW) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b"null",
        b'"events"',
        b'{"events":{}}',
        b'{"events":null}',
        b'{"events":["\xff\xfe"]}',
        b'{"events":[' + b"9" * 5000 + b"]}",
        b'{"events":' + b"[" * 100_000,
        b'{"events":' + b"{" * 100_000,
        b'{"events":[' + b"[" * 100_000 + b'"' + b'\\"' * 100_000,
    ],
    ids=lambda body: repr(body[:20]),
)
def test_a_body_that_is_no_object_with_events_is_named_so(body: bytes) -> None:
    with pytest.raises(WebhookBodyError):
        to_inbox(body, NOW)


@pytest.mark.parametrize(
    "strange",
    [
        None,
        7,
        "text",
        [],
        {},
        event(webhookEventId=None),
        event(webhookEventId=7),
        event(webhookEventId=""),
        event(webhookEventId="nul\0"),
        event(webhookEventId="half a pair \ud83d"),
        event(webhookEventId="x" * 65),
        event(timestamp=None),
        event(timestamp="1"),
        event(timestamp=True),
        event(timestamp=1.5),
        event(timestamp=-1),
        event(timestamp=10**30),
        event(timestamp=253_402_300_799_999),
        event(source=[]),
        event(source={"type": "user", "userId": "a b"}),
    ],
    ids=repr,
)
def test_a_strange_event_is_kept_as_unreadable_beside_its_neighbours(strange: Any) -> None:
    body = body_of(text_event(webhookEventId="A"), strange, text_event(webhookEventId="B"))
    rows = to_inbox(body, NOW)

    assert [row.state for row in rows] == [
        InboxState.NEW,
        InboxState.UNREADABLE,
        InboxState.NEW,
    ]
    assert rows[1].webhook_event_id.startswith("unreadable-")
    assert json.loads(rows[1].payload) == strange


def test_an_unreadable_event_sent_again_has_the_same_id() -> None:
    first, again, other = (to_inbox(body_of(one), NOW)[0] for one in (7, 7, 8))

    assert first.webhook_event_id == again.webhook_event_id
    assert first.webhook_event_id != other.webhook_event_id


def test_an_event_twice_in_one_body_is_one_row() -> None:
    assert len(to_inbox(body_of(text_event(), text_event()), NOW)) == 1


def test_what_a_database_cannot_keep_is_kept_as_escapes() -> None:
    (row,) = to_inbox(body_of(text_event("nul \0 and half a pair \ud83d 文")), NOW)

    assert row.payload.isascii()
    assert "\0" not in row.payload
    assert json.loads(row.payload)["message"]["text"] == "nul \0 and half a pair \ud83d 文"


def _deep(levels: int = 20_000) -> str:
    """An event with something in it that is nested too deeply, and brackets that are none."""
    shape = '{"a":[' * levels + '"] } \\" ["' + "]}" * levels
    return json.dumps(text_event(webhookEventId="DEEP"))[:-1] + f',"odd":{shape},"more":"kept"}}'


def test_an_event_nested_too_deeply_loses_that_part_and_hurts_no_neighbour() -> None:
    events = [json.dumps(text_event(webhookEventId=one)) for one in ("A", "B")]
    body = f'{{"events":[{events[0]},{_deep()},{events[1]}]}}'.encode()
    rows = to_inbox(body, NOW)
    payload = json.loads(rows[1].payload)

    assert [row.webhook_event_id for row in rows] == ["A", "DEEP", "B"]
    assert [row.state for row in rows] == [InboxState.NEW] * 3
    assert rows[::2] == to_inbox(f'{{"events":[{events[0]},{events[1]}]}}'.encode(), NOW)
    assert (payload["more"], payload["message"]) == ("kept", text_event()["message"])


def test_what_is_nothing_but_nesting_is_kept_as_unreadable() -> None:
    (row,) = to_inbox(b'{"events":[' + b"[" * 20_000 + b"]" * 20_000 + b"]}", NOW)

    assert row.state is InboxState.UNREADABLE
    assert row.webhook_event_id.startswith("unreadable-")
    assert len(row.payload) < 1000


def test_an_event_nested_too_deeply_twice_in_other_ways_is_not_taken_for_the_same() -> None:
    first, again, other = (
        to_inbox(b'{"events":[' + b"[" * deep + b"]" * deep + b"]}", NOW)[0]
        for deep in (20_000, 20_000, 20_001)
    )

    assert first.webhook_event_id == again.webhook_event_id
    assert first.webhook_event_id != other.webhook_event_id
