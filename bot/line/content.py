"""What people sent, from LINE's data host.

https://developers.line.biz/en/reference/messaging-api/#get-content
The SDK would read it into memory as a whole, however much there is. Never tries again by itself.
"""

from __future__ import annotations

from types import TracebackType
from typing import BinaryIO, Self

import httpx

from orchestrator_core.errors import (
    ContentGoneError,
    ContentNotReadyError,
    ContentTooLargeError,
    MessengerBusyError,
    MessengerUnclearError,
)
from orchestrator_core.model import MediaKind

#: Between two pieces of it; how long all of it may take is for the caller to say.
SILENCE_SECONDS = 20.0
#: Of these LINE makes a form that every device plays.
_TRANSCODED = frozenset({MediaKind.VIDEO, MediaKind.AUDIO})
_TOO_MANY = 429
_ACCEPTED = 202
#: The token is refused: somebody has to mend that first.
_NO_ACCESS = (401, 403)


class LineContent:
    """Implements the port Content. Enter it inside the running loop."""

    def __init__(
        self, *, access_token: str, data_base: str, silence: float = SILENCE_SECONDS
    ) -> None:
        self._client = httpx.AsyncClient(
            base_url=data_base,
            headers={"Authorization": f"Bearer {access_token}"},
            timeout=httpx.Timeout(silence),
            # The token goes to LINE and nowhere else.
            follow_redirects=False,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._client.__aexit__(kind, error, traceback)

    async def fetch(
        self, message_id: str, kind: MediaKind, into: BinaryIO, *, at_most: int
    ) -> None:
        where = f"/v2/bot/message/{message_id}/content"
        try:
            if kind in _TRANSCODED:
                await self._transcoded(where)
            async with self._client.stream("GET", where) as answer:
                _check(answer)
                await _write(answer, into, at_most)
        except httpx.ConnectError as error:
            raise MessengerBusyError(f"No connection to LINE: {type(error).__name__}") from None
        except httpx.HTTPError as error:
            raise MessengerUnclearError(f"No clear answer: {type(error).__name__}") from None

    async def _transcoded(self, where: str) -> None:
        answer = await self._client.get(f"{where}/transcoding")
        _check(answer)
        try:
            status = answer.json().get("status")
        except (ValueError, AttributeError):
            raise MessengerUnclearError("LINE's answer has an unknown shape.") from None
        if status == "failed":
            raise ContentGoneError("LINE could not make it playable.")
        if status != "succeeded":
            raise ContentNotReadyError("LINE still works on it.")


async def _write(answer: httpx.Response, into: BinaryIO, at_most: int) -> None:
    told = answer.headers.get("content-length", "")
    if told.isdigit() and int(told[:19]) > at_most:
        raise ContentTooLargeError("More than is taken.")
    # A try before may have left some of it.
    into.seek(0)
    into.truncate()
    written = 0
    async for piece in answer.aiter_bytes():
        written += len(piece)
        if written > at_most:
            raise ContentTooLargeError("More than is taken.")
        into.write(piece)


def _check(answer: httpx.Response) -> None:
    status = answer.status_code
    if status == httpx.codes.OK:
        return
    if status == _ACCEPTED:
        raise ContentNotReadyError("LINE still works on it.")
    if status == _TOO_MANY or status in _NO_ACCESS:
        raise MessengerBusyError(f"LINE answered {status}.")
    if httpx.codes.is_client_error(status):
        raise ContentGoneError(f"LINE answered {status}.")
    raise MessengerUnclearError(f"LINE answered {status}.")
