"""Short secrets inside of messages that wait in the outbox: kept sealed, opened when they go out.

What is sealed says nothing to whoever reads the database, a backup or a list of deliveries, and
is still sent, tried again and sent anew like any other text.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator_core.model import JsonObject

#: One block of the key stream; longer words are no codes.
LONGEST = 32
_NONCE, _TAG = 6, 6
_BEGIN, _END = "⟦", "⟧"
_SEALED = re.compile(rf"{_BEGIN}([A-Za-z0-9_-]{{17,64}}){_END}")


@dataclass(frozen=True, slots=True)
class Seals:
    #: For this purpose alone.
    key: bytes

    def seal(self, words: str) -> str:
        """Raises ValueError for words that are too long."""
        clear = words.encode()
        if len(clear) > LONGEST:
            raise ValueError("too long to be sealed")
        nonce = secrets.token_bytes(_NONCE)
        hidden = self._mixed(nonce, clear)
        raw = nonce + hidden + self._tag(nonce + hidden)
        return f"{_BEGIN}{base64.urlsafe_b64encode(raw).rstrip(b'=').decode()}{_END}"

    def opened(self, messages: Sequence[JsonObject]) -> list[JsonObject]:
        """The messages with what was sealed in clear; what nobody sealed is left as it is."""
        return [self._in(one) for one in messages]

    def open_text(self, text: str) -> str:
        return _SEALED.sub(self._words, text) if _BEGIN in text else text

    def _in(self, value: Any) -> Any:
        match value:
            case str():
                return self.open_text(value)
            case dict():
                return {key: self._in(one) for key, one in value.items()}
            case list() | tuple():
                return [self._in(one) for one in value]
        return value

    def _words(self, found: re.Match[str]) -> str:
        try:
            raw = base64.urlsafe_b64decode(found[1] + "=" * (-len(found[1]) % 4))
        except binascii.Error:
            return found[0]
        body, tag = raw[:-_TAG], raw[-_TAG:]
        if not hmac.compare_digest(tag, self._tag(body)):
            # Somebody's own words in such brackets, or sealed before the key was changed.
            return found[0]
        return self._mixed(body[:_NONCE], body[_NONCE:]).decode()

    def _mixed(self, nonce: bytes, text: bytes) -> bytes:
        """One block of a key stream that is used once: there and back again."""
        stream = hmac.digest(self.key, b"stream" + nonce, hashlib.sha256)
        return bytes(one ^ other for one, other in zip(text, stream, strict=False))

    def _tag(self, body: bytes) -> bytes:
        return hmac.digest(self.key, b"tag" + body, hashlib.sha256)[:_TAG]
