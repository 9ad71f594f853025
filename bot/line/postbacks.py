"""What buttons carry back: an answer, signed so that nobody can make, alter or borrow one.

A person's LINE client holds the data, so it is only believed with our own mark on it. Each kind
of tap has a letter and a format of its own; a kind is added to `_FORMATS`, and none may ever
change, because buttons stay in chats.
Performs no I/O; whether the answer still counts is for the core to say.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator_core.messages import (
    ApprovalTap,
    ChoiceTap,
    DeliveryTap,
    PageTap,
    QuestionTap,
    ResultTap,
    Tap,
    WholeCallTap,
)
from orchestrator_core.model import Choice

_ID = "[1-9][0-9]{0,18}"
_NONCE = "[A-Za-z0-9_-]{1,64}"
_MARK = "[A-Za-z0-9_-]{43}"
_ANYONE = ""


def _letter(tap: ApprovalTap) -> str:
    letter = "y" if tap.allow else "n"
    return letter.upper() if tap.more else letter


def _pick(tap: QuestionTap) -> str:
    if tap.own:
        return "own"
    return "done" if tap.option is None else str(tap.option)


@dataclass(frozen=True, slots=True)
class _Format:
    letter: str
    kind: type[Tap]
    pattern: re.Pattern[str]
    #: What stands between the letter and the mark, to be joined by dots.
    write: Callable[[Any], Sequence[object]]
    #: What is signed of it.
    signed: Callable[[Any], Sequence[object]]
    read: Callable[[Sequence[str]], Tap]


_APPROVAL = _Format(
    letter="a",
    kind=ApprovalTap,
    pattern=re.compile(rf"v1\.a\.{_ID}\.{_NONCE}\.[ynYN]\.{_MARK}", re.ASCII),
    write=lambda tap: (tap.approval_id, tap.nonce, _letter(tap)),
    # Those made before there was more to say have no more signed.
    signed=lambda tap: (tap.approval_id, tap.nonce, tap.allow, *(["more"] if tap.more else [])),
    read=lambda parts: ApprovalTap(
        approval_id=int(parts[0]),
        nonce=parts[1],
        allow=parts[2] in "yY",
        more=parts[2].isupper(),
    ),
)
_WHOLE_CALL = _Format(
    letter="w",
    kind=WholeCallTap,
    pattern=re.compile(rf"v1\.w\.{_ID}\.{_NONCE}\.{_MARK}", re.ASCII),
    write=lambda tap: (tap.approval_id, tap.nonce),
    signed=lambda tap: (tap.approval_id, tap.nonce),
    read=lambda parts: WholeCallTap(approval_id=int(parts[0]), nonce=parts[1]),
)
_QUESTION = _Format(
    letter="q",
    kind=QuestionTap,
    pattern=re.compile(rf"v1\.q\.{_ID}\.{_NONCE}\.[0-9]\.(?:[0-9]|own|done)\.{_MARK}", re.ASCII),
    write=lambda tap: (tap.approval_id, tap.nonce, tap.question, _pick(tap)),
    signed=lambda tap: (tap.approval_id, tap.nonce, tap.question, _pick(tap)),
    read=lambda parts: QuestionTap(
        approval_id=int(parts[0]),
        nonce=parts[1],
        question=int(parts[2]),
        option=int(parts[3]) if parts[3].isdigit() else None,
        own=parts[3] == "own",
    ),
)
_DELIVERY = _Format(
    letter="d",
    kind=DeliveryTap,
    pattern=re.compile(rf"v1\.d\.{_ID}\.{_NONCE}\.{_MARK}", re.ASCII),
    write=lambda tap: (tap.delivery_id, tap.nonce),
    signed=lambda tap: (tap.delivery_id, tap.nonce),
    read=lambda parts: DeliveryTap(delivery_id=int(parts[0]), nonce=parts[1]),
)
_CHOICE = _Format(
    letter="c",
    kind=ChoiceTap,
    pattern=re.compile(rf"v1\.c\.{_ID}\.{_NONCE}\.(?:{'|'.join(Choice)})\.{_MARK}", re.ASCII),
    write=lambda tap: (tap.turn_id, tap.session_id, tap.choice),
    signed=lambda tap: (tap.turn_id, tap.session_id, tap.choice),
    read=lambda parts: ChoiceTap(
        turn_id=int(parts[0]), session_id=parts[1], choice=Choice(parts[2])
    ),
)
_PAGE = _Format(
    letter="m",
    kind=PageTap,
    pattern=re.compile(rf"v1\.m\.{_ID}\.{_NONCE}\.[1-9][0-9]{{0,5}}\.{_MARK}", re.ASCII),
    write=lambda tap: (tap.turn_id, tap.session_id, tap.page),
    signed=lambda tap: (tap.turn_id, tap.session_id, tap.page),
    read=lambda parts: PageTap(turn_id=int(parts[0]), session_id=parts[1], page=int(parts[2])),
)
_RESULT = _Format(
    letter="r",
    kind=ResultTap,
    pattern=re.compile(rf"v1\.r\.{_ID}\.{_NONCE}\.{_MARK}", re.ASCII),
    write=lambda tap: (tap.turn_id, tap.session_id),
    signed=lambda tap: (tap.turn_id, tap.session_id),
    read=lambda parts: ResultTap(turn_id=int(parts[0]), session_id=parts[1]),
)
_FORMATS = {
    one.kind: one
    for one in (_APPROVAL, _WHOLE_CALL, _QUESTION, _DELIVERY, _CHOICE, _PAGE, _RESULT)
}


def derive_key(secret: bytes, purpose: str) -> bytes:
    """A key for one purpose: what is signed for one is worth nothing for another."""
    return hmac.digest(secret, b"denrei:" + purpose.encode(), hashlib.sha256)


class Postbacks:
    def __init__(self, key: bytes) -> None:
        self._key = key

    def sign(self, tap: Tap, *, chat_id: str, person_id: str | None) -> str:
        """Data for a button, at most 300 characters. `person_id` None: anyone in the chat may
        tap it."""
        form = _FORMATS[type(tap)]
        mark = self._mark(tap, chat_id, person_id or _ANYONE)
        return ".".join(["v1", form.letter, *map(str, form.write(tap)), mark])

    def read(self, data: str, *, chat_id: str, person_id: str) -> Tap | None:
        """None when it is not ours, was altered, or was made for another chat or person."""
        form = next((one for one in _FORMATS.values() if one.pattern.fullmatch(data)), None)
        if form is None:
            return None
        body, _, mark = data.rpartition(".")
        tap = form.read(body.split(".")[2:])
        # Both are always tried: the time taken must not tell which one it was made for.
        own = hmac.compare_digest(mark, self._mark(tap, chat_id, person_id))
        anyones = hmac.compare_digest(mark, self._mark(tap, chat_id, _ANYONE))
        return tap if own or anyones else None

    def _mark(self, tap: Tap, chat_id: str, person_id: str) -> str:
        form = _FORMATS[type(tap)]
        # As JSON no two different lists of parts look the same.
        parts = json.dumps(["v1", form.letter, *form.signed(tap), chat_id, person_id])
        digest = hmac.digest(self._key, parts.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
