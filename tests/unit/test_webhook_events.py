"""Webhook bodies in; inbox rows and their meaning out, whatever the bodies hold."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.line.postbacks import Postbacks
from bot.line.signature import signature_of, verify
from bot.line.webhook_events import LineEventReader, WebhookBodyError, to_inbox
from orchestrator_core.incoming import (
    ButtonTapped,
    Followed,
    Ignored,
    Incoming,
    TextSaid,
    UnsupportedSent,
)
from orchestrator_core.messages import ApprovalTap
from orchestrator_core.model import Chat, ChatKind, InboxState, JsonObject

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SENT_MS = 1_795_348_800_000
POSTBACKS = Postbacks(b"key")
READER = LineEventReader(POSTBACKS)
ANNA = "U" + "a" * 32
GROUP = "C" + "c" * 32
ANNAS_CHAT = Chat(id=ANNA, kind=ChatKind.USER)
GROUP_CHAT = Chat(id=GROUP, kind=ChatKind.GROUP)


def event(kind: str = "message", **changes: Any) -> JsonObject:
    made: JsonObject = {
        "type": kind,
        "webhookEventId": "01JD00000000000000000000AA",
        "deliveryContext": {"isRedelivery": False},
        "timestamp": SENT_MS,
        "source": {"type": "user", "userId": ANNA},
        "replyToken": "token",
        "mode": "active",
        **changes,
    }
    return {name: value for name, value in made.items() if value is not None}


def text_event(text: str = "hello", *, mention: Any = None, **changes: Any) -> JsonObject:
    message = {"type": "text", "id": "1", "quoteToken": "q", "text": text}
    if mention is not None:
        message["mention"] = mention
    return event(message=message, **changes)


def body_of(*events: Any) -> bytes:
    return json.dumps({"destination": "Ubot", "events": events}).encode()


def read(one: Any) -> Incoming:
    return READER.read(json.dumps(one))


def in_group(text: str, mentionees: Any, **changes: Any) -> TextSaid:
    source = {"type": "group", "groupId": GROUP, "userId": ANNA}
    said = read(text_event(text, mention={"mentionees": mentionees}, source=source, **changes))
    assert isinstance(said, TextSaid)
    return said


def own(index: Any, length: Any) -> JsonObject:
    return {"index": index, "length": length, "type": "user", "userId": "Ubot", "isSelf": True}


# Signatures


def test_only_the_signature_of_these_very_bytes_is_right() -> None:
    header = signature_of(b"body", b"secret")

    assert verify(b"body", header, b"secret")
    assert not verify(b"body ", header, b"secret")
    assert not verify(b"body", header, b"other")


@pytest.mark.parametrize("header", [None, "", "é", "\ud800", "x" * 10_000])
def test_a_missing_or_strange_signature_is_wrong_and_no_error(header: str | None) -> None:
    assert not verify(b"body", header, b"secret")


# Bodies


def test_every_event_becomes_one_row_in_order() -> None:
    rows = to_inbox(
        body_of(text_event(webhookEventId="A"), event("join", webhookEventId="B")), NOW
    )

    assert [row.webhook_event_id for row in rows] == ["A", "B"]
    assert [(row.state, row.chat_id) for row in rows] == [(InboxState.NEW, ANNA)] * 2
    assert [(row.timestamp_ms, row.received_at) for row in rows] == [(SENT_MS, NOW)] * 2


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
        b'{"events":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
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


# Meanings


def test_a_text_from_one_person() -> None:
    said = read(text_event("hello 👋"))

    assert isinstance(said, TextSaid)
    assert (said.chat, said.person_id, said.text) == (ANNAS_CHAT, ANNA, "hello 👋")
    assert not said.mentioned


def test_a_reply_token_ends_fifty_seconds_after_the_event() -> None:
    said = read(text_event())

    assert isinstance(said, TextSaid)
    assert said.reply_token is not None
    assert said.reply_token.value == "token"
    assert said.reply_token.expires_at == datetime.fromtimestamp(SENT_MS / 1000, UTC) + timedelta(
        seconds=50
    )


@pytest.mark.parametrize("token", [None, "", "a b", "x" * 257])
def test_without_a_usable_reply_token_there_is_none(token: str | None) -> None:
    said = read(text_event(replyToken=token))

    assert isinstance(said, TextSaid)
    assert said.reply_token is None


def test_what_is_no_character_is_shown_as_one_in_a_text() -> None:
    said = read(text_event("a\0b\ud83dc"))

    assert isinstance(said, TextSaid)
    assert said.text == "a\ufffdb\ufffdc"


@pytest.mark.parametrize(
    ("text", "mentionees", "left"),
    [
        ("@Denrei /status", [own(0, 7)], "/status"),
        ("👨‍👩‍👧 @Denrei go", [own(9, 7)], "👨‍👩‍👧  go"),
        ("@Denrei and @Denrei", [own(0, 7), own(12, 7)], "and"),
        ("@Denrei", [own(0, 7)], ""),
        ("@Denrei go", [own(0, 7), own(3, 9)], "go"),
        ("@Denrei go", [own(0, 99)], "@Denrei go"),
        ("@Denrei go", [own("0", None)], "@Denrei go"),
        ("@Denrei go", [own(-3, 5)], "@Denrei go"),
    ],
)
def test_a_mention_of_denrei_is_taken_out(text: str, mentionees: Any, left: str) -> None:
    said = in_group(text, mentionees)

    assert (said.mentioned, said.text, said.chat) == (True, left, GROUP_CHAT)


@pytest.mark.parametrize(
    "mentionees",
    [
        None,
        7,
        [],
        [7],
        [{"index": 0, "length": 4, "type": "user", "userId": ANNA}],
        [{"index": 0, "length": 4, "type": "all"}],
        [own(0, 4) | {"isSelf": "true"}],
    ],
)
def test_a_mention_of_others_stays(mentionees: Any) -> None:
    said = in_group("@Bob hi", mentionees)

    assert (said.mentioned, said.text) == (False, "@Bob hi")


def test_a_tap_on_our_button_carries_its_answer() -> None:
    tap = ApprovalTap(approval_id=3, allow=True)
    data = POSTBACKS.sign(tap, chat_id=ANNA, person_id=ANNA)
    tapped = read(event("postback", postback={"data": data}))

    assert isinstance(tapped, ButtonTapped)
    assert tapped.tap == tap


@pytest.mark.parametrize("data", ["", "buy=1", "\ud800", "x" * 10_000])
def test_a_tap_on_a_foreign_button_carries_none(data: str) -> None:
    tapped = read(event("postback", postback={"data": data}))

    assert isinstance(tapped, ButtonTapped)
    assert tapped.tap is None


def test_a_new_friend() -> None:
    followed = read(event("follow", follow={"isUnblocked": False}))

    assert isinstance(followed, Followed)
    assert (followed.chat, followed.person_id) == (ANNAS_CHAT, ANNA)


@pytest.mark.parametrize("kind", ["sticker", "image", "file", "audio", "not invented yet"])
def test_anything_but_text_is_unsupported(kind: str) -> None:
    assert isinstance(read(event(message={"type": kind, "id": "1"})), UnsupportedSent)


@pytest.mark.parametrize(
    ("one", "kind"),
    [
        (event("join"), "join"),
        (event("not invented yet"), "not invented yet"),
        (text_event(mode="standby"), "standby"),
        (text_event(source=None), "nobody"),
        (text_event(source={"type": "group", "groupId": GROUP}), "nobody"),
        (text_event(source={"type": "user"}), "nobody"),
        (text_event(source={"type": "not invented yet", "userId": ANNA}), "nobody"),
    ],
)
def test_what_denrei_does_not_act_on_is_ignored_by_name(one: JsonObject, kind: str) -> None:
    assert read(one) == Ignored(kind=kind)


@pytest.mark.parametrize(
    "payload",
    ["", "{", "7", "[]", "{}", '{"type":7}', "[" * 100_000]
    + [json.dumps(one) for one in (event(message=None), event(message={}), event(message=7))]
    + [json.dumps(event(message={"type": "text", "text": text})) for text in (None, 7, ["a"])]
    + [json.dumps(event("postback", postback=broken)) for broken in (7, {}, {"data": 7})]
    + [json.dumps(text_event(timestamp=253_402_300_799_999)), json.dumps(text_event(source=7))],
    ids=lambda payload: payload[:60],
)
def test_what_cannot_be_read_raises_value_error(payload: str) -> None:
    with pytest.raises(ValueError, match="unknown shape"):
        READER.read(payload)


# Anything at all

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
