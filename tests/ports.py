"""Ports that a process keeps over restarts."""

from __future__ import annotations

import secrets
import socket
from contextlib import suppress

#: Below those that a system gives to whoever asks for any, or it would give it away meanwhile.
_FIRST, _COUNT = 10_000, 20_000


def lasting_port() -> int:
    """One that nobody listens on now. Raises OSError when none is found."""
    for _ in range(100):
        port = _FIRST + secrets.randbelow(_COUNT)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise OSError("no port is free")
