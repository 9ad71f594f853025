"""What each event of LINE means."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from orchestrator_core.incoming import (
    AboutChat,
    ButtonTapped,
    Followed,
    Ignored,
    TextSaid,
    UnsupportedSent,
)
from orchestrator_core.messages import ApprovalTap
from orchestrator_core.model import JsonObject
from tests.line_events import (
    ANNA,
    ANNAS_CHAT,
    GROUP,
    GROUP_CHAT,
    POSTBACKS,
    READER,
    SENT_MS,
    event,
    in_group,
    own,
    read,
    text_event,
)


@pytest.mark.parametrize(
    ("quoted", "known"), [("4711", "4711"), ("", None), (7, None), ("x" * 65, None), (None, None)]
)
def test_a_text_tells_which_message_it_quotes(quoted: object, known: str | None) -> None:
    told = text_event("more of that")
    told["message"]["quotedMessageId"] = quoted
    said = read(told)

    assert isinstance(said, TextSaid)
    assert (said.text, said.quoted_message_id) == ("more of that", known)


def test_a_text_from_one_person() -> None:
    said = read(text_event("hello 👋"))

    assert isinstance(said, TextSaid)
    assert (said.chat, said.person_id, said.text) == (ANNAS_CHAT, ANNA, "hello 👋")
    assert not said.mentioned
    assert said.quoted_message_id is None


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
    tap = ApprovalTap(approval_id=3, nonce="nonce-1", allow=True)
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


@pytest.mark.parametrize("kind", ["unsend", "unfollow", "leave", "join"])
def test_what_happens_to_a_chat_counts_whoever_has_the_floor(kind: str) -> None:
    about = read(event(kind, mode="standby", unsend={"messageId": "1"}))

    assert isinstance(about, AboutChat)
    assert about.chat == ANNAS_CHAT


def test_an_event_without_content_keeps_which_when_and_where() -> None:
    whole = text_event("secret", mention={"mentionees": [own(0, 3)]}, odd="secret")
    emptied = json.loads(READER.without_content(json.dumps(whole)))

    assert emptied.pop("message") == {"type": "text", "id": "1"}
    assert emptied == {
        name: whole[name]
        for name in ("type", "mode", "webhookEventId", "timestamp", "deliveryContext", "source")
    }


@pytest.mark.parametrize("kind", ["sticker", "location", "not invented yet"])
def test_what_is_neither_text_nor_a_file_is_unsupported(kind: str) -> None:
    assert isinstance(read(event(message={"type": kind, "id": "1"})), UnsupportedSent)


@pytest.mark.parametrize(
    ("one", "kind"),
    [
        (event("memberJoined"), "memberJoined"),
        (event("join", source=None), "nobody"),
        (event("unsend", source={"type": "user"}, unsend={"messageId": "1"}), "nobody"),
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
    + [json.dumps(event("unsend", unsend=broken)) for broken in (None, 7, {}, {"messageId": 7})]
    + [json.dumps(text_event(timestamp=253_402_300_799_999)), json.dumps(text_event(source=7))],
    ids=lambda payload: payload[:60],
)
def test_what_cannot_be_read_raises_value_error(payload: str) -> None:
    with pytest.raises(ValueError, match="unknown shape"):
        READER.read(payload)
