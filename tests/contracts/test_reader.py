"""What every EventReader promises: what a person did is read as just that."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Protocol

import pytest

from bot.line.webhook_events import REPLY_FOR
from orchestrator_core.incoming import (
    AboutChat,
    ButtonTapped,
    Followed,
    FromPerson,
    Ignored,
    Incoming,
    Joined,
    Left,
    MediaSent,
    TextSaid,
    Unnamed,
    Unsent,
    UnsupportedSent,
)
from orchestrator_core.messages import ApprovalTap
from orchestrator_core.model import Chat, ChatKind, JsonObject, MediaKind, ReplyToken
from orchestrator_core.ports import EventReader
from tests.fakes.clock import NOON
from tests.fakes.reader import FakeReader
from tests.line_events import ANNA, ANNAS_CHAT, GROUP_CHAT, POSTBACKS, READER, event, own

TOKEN = ReplyToken(value="token", expires_at=NOON)
ROOM = Chat(id="R" + "b" * 32, kind=ChatKind.ROOM)
SAID = TextSaid(
    chat=ANNAS_CHAT, person_id=ANNA, reply_token=TOKEN, text="hello 👋\n水", message_id="1"
)
PICTURE = MediaSent(
    chat=ANNAS_CHAT,
    person_id=ANNA,
    reply_token=TOKEN,
    message_id="1",
    kind=MediaKind.IMAGE,
    set_id="set",
    set_index=2,
    set_total=3,
)
FILE = MediaSent(
    chat=GROUP_CHAT,
    person_id=ANNA,
    reply_token=TOKEN,
    message_id="1",
    kind=MediaKind.FILE,
    name="report.pdf",
    size=7,
)
TAP = ApprovalTap(approval_id=3, nonce="nonce-1", allow=True)
ABOUT_CHATS: list[Incoming] = [
    Joined(chat=GROUP_CHAT),
    Left(chat=GROUP_CHAT),
    Left(chat=ANNAS_CHAT),
    Unsent(chat=ANNAS_CHAT, message_id="1"),
    Unsent(chat=ROOM, message_id="2"),
    Ignored(kind="memberJoined"),
]
ACTS: list[Incoming] = [
    SAID,
    replace(SAID, chat=GROUP_CHAT, reply_token=None, text="go", mentioned=True),
    replace(SAID, chat=ROOM, reply_token=None, text="go"),
    ButtonTapped(chat=ANNAS_CHAT, person_id=ANNA, reply_token=TOKEN, tap=TAP),
    ButtonTapped(chat=GROUP_CHAT, person_id=ANNA, reply_token=TOKEN, tap=None),
    Followed(chat=ANNAS_CHAT, person_id=ANNA, reply_token=TOKEN),
    replace(SAID, quoted_message_id="7"),
    PICTURE,
    FILE,
    UnsupportedSent(chat=ANNAS_CHAT, person_id=ANNA, reply_token=None, message_id="1"),
    Joined(chat=GROUP_CHAT, reply_token=TOKEN),
    Unnamed(chat=GROUP_CHAT, reply_token=TOKEN),
    *ABOUT_CHATS,
]


class Channel(Protocol):
    """A reader, and a way to make the payload it reads as something."""

    reader: EventReader

    def payload(self, meant: Incoming) -> str: ...


class InMemory:
    def __init__(self) -> None:
        self.reader = self._fake = FakeReader()

    def payload(self, meant: Incoming) -> str:
        return self._fake.means(meant)


class Line:
    def __init__(self) -> None:
        self.reader = READER

    def payload(self, meant: Incoming) -> str:
        if isinstance(meant, Ignored):
            return json.dumps(event(meant.kind))
        if isinstance(meant, AboutChat):
            return json.dumps(_about(meant))
        return json.dumps({**_where_and_when(meant), **_what(meant)})


def _about(meant: AboutChat) -> JsonObject:
    """As the platform tells it: of a group's event without who did it."""
    kind = meant.chat.kind.value
    source = {"type": kind, f"{kind}Id": meant.chat.id}
    match meant:
        case Unsent(message_id=message_id):
            return event("unsend", source=source, unsend={"messageId": message_id})
        case Joined(reply_token=token):
            return event("join", source=source, **_told(token))
        case Unnamed(reply_token=token):
            mention = {"mentionees": [own(0, 7)]}
            message = {"type": "text", "id": "1", "text": "@Denrei hi", "mention": mention}
            return event(source=source, message=message, **_told(token))
    return event("unfollow" if meant.chat.is_one_to_one else "leave", source=source)


def _told(token: ReplyToken | None) -> JsonObject:
    if token is None:
        return {"replyToken": None}
    sent = int((token.expires_at - REPLY_FOR).timestamp() * 1000)
    return {"replyToken": token.value, "timestamp": sent}


def _where_and_when(meant: FromPerson) -> JsonObject:
    chat, token = meant.chat, meant.reply_token
    source = {"type": chat.kind.value, f"{chat.kind.value}Id": chat.id, "userId": meant.person_id}
    return event(source=source, **_told(token))


def _what(meant: FromPerson) -> JsonObject:
    match meant:
        case ButtonTapped():
            return {"type": "postback", "postback": {"data": _data(meant)}}
        case Followed():
            return {"type": "follow", "follow": {"isUnblocked": False}}
        case TextSaid():
            message = _text(meant)
        case MediaSent():
            message = _media(meant)
        case _:
            message = {"type": "sticker"}
    return {"type": "message", "message": {**message, "id": "1"}}


def _data(tapped: ButtonTapped) -> str:
    if not isinstance(tapped.tap, ApprovalTap):
        return "not ours"
    return POSTBACKS.sign(tapped.tap, chat_id=tapped.chat.id, person_id=tapped.person_id)


def _text(said: TextSaid) -> JsonObject:
    message: JsonObject = {"type": "text", "text": said.text}
    if said.mentioned:
        message |= {"text": f"@Denrei {said.text}", "mention": {"mentionees": [own(0, 7)]}}
    if said.quoted_message_id is not None:
        message["quotedMessageId"] = said.quoted_message_id
    return message


def _media(sent: MediaSent) -> JsonObject:
    if sent.kind is MediaKind.FILE:
        return {"type": "file", "fileName": sent.name, "fileSize": sent.size}
    place = {"id": sent.set_id, "index": sent.set_index, "total": sent.set_total}
    return {"type": "image", "imageSet": place, "contentProvider": {"type": "line"}}


@pytest.fixture(params=[InMemory, Line], ids=["fake", "line"])
def channel(request: pytest.FixtureRequest) -> Channel:
    made: Channel = request.param()
    return made


@pytest.mark.parametrize("meant", ACTS, ids=repr)
def test_what_was_done_is_read_as_just_that(channel: Channel, meant: Incoming) -> None:
    assert channel.reader.read(channel.payload(meant)) == meant


def test_an_event_read_again_means_the_same(channel: Channel) -> None:
    payload = channel.payload(SAID)

    assert channel.reader.read(payload) == channel.reader.read(payload) == SAID


def test_events_are_told_apart(channel: Channel) -> None:
    payloads = [channel.payload(meant) for meant in ACTS]

    assert [channel.reader.read(payload) for payload in payloads] == ACTS


@pytest.mark.parametrize("payload", ["", "{", "7", "[]", "{}", '{"type":7}', "\0"])
def test_what_cannot_be_read_raises_value_error(channel: Channel, payload: str) -> None:
    with pytest.raises(ValueError, match="shape"):
        channel.reader.read(payload)


@pytest.mark.parametrize("meant", ABOUT_CHATS, ids=repr)
def test_an_event_without_content_loses_nothing(channel: Channel, meant: Incoming) -> None:
    """What was unsent must still be known when the message itself comes later."""
    payload = channel.payload(meant)

    assert channel.reader.read(channel.reader.without_content(payload)) == meant


def test_what_a_person_wrote_is_no_longer_in_the_event(channel: Channel) -> None:
    payload = channel.payload(replace(SAID, text="secret"))
    emptied = channel.reader.without_content(payload)

    assert "secret" not in emptied
    with pytest.raises(ValueError, match="shape"):
        channel.reader.read(emptied)


@pytest.mark.parametrize("payload", ["", "{", "7", "[]", "{}", '{"type":7}', "\0"])
def test_of_what_cannot_be_read_nothing_is_kept_that_can(channel: Channel, payload: str) -> None:
    with pytest.raises(ValueError, match="shape"):
        channel.reader.read(channel.reader.without_content(payload))
