"""What buttons carry back: an answer, signed so that nobody can make, alter or borrow one.

A person's LINE client holds the data, so it is only believed with our own mark on it.
Performs no I/O; whether the answer still counts is for the core to say.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re

from orchestrator_core.messages import ApprovalTap

_APPROVAL = re.compile(
    r"v1\.a\.([1-9][0-9]{0,18})\.([A-Za-z0-9_-]{1,32})\.([yn])\.([A-Za-z0-9_-]{43})", re.ASCII
)
_ANYONE = ""


def derive_key(secret: bytes, purpose: str) -> bytes:
    """A key for one purpose: what is signed for one is worth nothing for another."""
    return hmac.digest(secret, b"denrei:" + purpose.encode(), hashlib.sha256)


class Postbacks:
    def __init__(self, key: bytes) -> None:
        self._key = key

    def sign(self, tap: ApprovalTap, *, chat_id: str, person_id: str | None) -> str:
        """Data for a button, at most 300 characters. `person_id` None: anyone in the chat may
        tap it."""
        answer = "y" if tap.allow else "n"
        mark = self._mark(tap, chat_id, person_id or _ANYONE)
        return f"v1.a.{tap.approval_id}.{tap.nonce}.{answer}.{mark}"

    def read(self, data: str, *, chat_id: str, person_id: str) -> ApprovalTap | None:
        """None when it is not ours, was altered, or was made for another chat or person."""
        match = _APPROVAL.fullmatch(data)
        if match is None:
            return None
        tap = ApprovalTap(approval_id=int(match[1]), nonce=match[2], allow=match[3] == "y")
        # Both are always tried: the time taken must not tell which one it was made for.
        own = hmac.compare_digest(match[4], self._mark(tap, chat_id, person_id))
        anyones = hmac.compare_digest(match[4], self._mark(tap, chat_id, _ANYONE))
        return tap if own or anyones else None

    def _mark(self, tap: ApprovalTap, chat_id: str, person_id: str) -> str:
        # As JSON no two different lists of parts look the same.
        parts = json.dumps(["v1", "a", tap.approval_id, tap.nonce, tap.allow, chat_id, person_id])
        digest = hmac.digest(self._key, parts.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
