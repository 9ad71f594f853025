"""How the scripted agent talks: to the gateway on stdin and stdout, to the model over a socket.

The standard library's cheap parts only: it must be there in a moment.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
import threading
import uuid
from typing import Any

Json = dict[str, Any]


class InterruptedTurnError(Exception):
    """The gateway asked for the turn's end."""


class GatewayGoneError(Exception):
    """Nobody is there to be asked."""


class Gateway:
    """The other end of stdin and stdout."""

    def __init__(self) -> None:
        self._writing = threading.Lock()
        self._answers: dict[str, Json | None] = {}
        self._changed = threading.Condition()
        self.gone = False
        self.interrupted = False

    def tell(self, message: Json) -> None:
        with self._writing, contextlib.suppress(OSError):
            sys.stdout.write(json.dumps(message) + "\n")
            sys.stdout.flush()

    def ask(self, request: Json) -> Json:
        """Raises GatewayGoneError, InterruptedTurnError."""
        request_id = uuid.uuid4().hex
        self.tell({"type": "control_request", "request_id": request_id, "request": request})
        with self._changed:
            self._changed.wait_for(
                lambda: request_id in self._answers or self.gone or self.interrupted
            )
            if request_id in self._answers:
                return self._answers.pop(request_id) or {}
        if self.gone:
            raise GatewayGoneError
        self.tell({"type": "control_cancel_request", "request_id": request_id})
        raise InterruptedTurnError

    def answered(self, response: Json) -> None:
        with self._changed:
            self._answers[response["request_id"]] = response.get("response")
            self._changed.notify_all()

    def confirm(self, request_id: str, response: Json) -> None:
        inner = {"subtype": "success", "request_id": request_id, "response": response}
        self.tell({"type": "control_response", "response": inner})

    def note(self, *, gone: bool = False, interrupted: bool = False) -> None:
        with self._changed:
            self.gone, self.interrupted = self.gone or gone, interrupted
            self._changed.notify_all()


class Model:
    """One connection a call, which an interrupt can cut."""

    def __init__(self) -> None:
        host, _, port = os.environ["ANTHROPIC_BASE_URL"].rpartition("/")[2].partition(":")
        self._address = (host, int(port))
        self._connection: socket.socket | None = None

    def create(self, body: Json, session_id: str) -> tuple[int, Json]:
        sent = json.dumps(body).encode()
        head = (
            f"POST /v1/messages HTTP/1.1\r\nhost: {self._address[0]}\r\nconnection: close\r\n"
            f"x-claude-code-session-id: {session_id}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(sent)}\r\n\r\n"
        )
        with socket.create_connection(self._address) as self._connection:
            self._connection.sendall(head.encode() + sent)
            answer = b"".join(iter(self._read, b""))
        status, _, rest = answer.partition(b"\r\n")
        return int(status.split()[1]), json.loads(rest.partition(b"\r\n\r\n")[2] or b"{}")

    def cut(self) -> None:
        connection = self._connection
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _read(self) -> bytes:
        return self._connection.recv(65536) if self._connection else b""
