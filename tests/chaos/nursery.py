"""Forks processes off one that has loaded all of Denrei already.

A start of `denrei serve` takes three seconds of a processor, nearly all of it imports. A chaos run
starts it again and again, so this process imports once, and each child goes on from there with
`bot.cli.main`: a process of its own, with its own environment, data and end.

Started with the path of a unix socket. One connection at a time: it sends orders, one JSON line
each, and gets a line for each start and end. What it has started is killed when it leaves.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
from dataclasses import dataclass, field
from typing import Any

from bot.cli import main as denrei
from tests.chaos.mutants import MUTANTS

#: Loaded late by Denrei itself.
_MODULES = ("bot.serve", "bot.settings", "linebot.v3.messaging", "claude_agent_sdk")

Order = dict[str, Any]


@dataclass(slots=True)
class Nursery:
    connection: socket.socket
    _children: set[int] = field(default_factory=set)
    _unread: bytes = b""

    def serve(self, ended: socket.socket) -> Order | None:
        """None: the caller has left. In a child: what it is to be."""
        for ready in iter(lambda: _wait_for(self.connection, ended), None):
            if ready is ended:
                ended.recv(4096)
                self._reap()
                continue
            received = self.connection.recv(65536)
            if not received:
                break
            *lines, self._unread = (self._unread + received).split(b"\n")
            for line in lines:
                if (order := self._fork(json.loads(line))) is not None:
                    return order
        self._kill_all()
        return None

    def _fork(self, order: Order) -> Order | None:
        pid = os.fork()
        if pid == 0:
            return order
        self._children.add(pid)
        self._tell({"started": order["id"], "pid": pid})
        return None

    def _reap(self) -> None:
        for pid in list(self._children):
            found, status = os.waitpid(pid, os.WNOHANG)
            if found:
                self._children.discard(pid)
                self._tell({"ended": pid, "status": os.waitstatus_to_exitcode(status)})

    def _kill_all(self) -> None:
        for pid in self._children:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)

    def _tell(self, message: Order) -> None:
        self.connection.sendall(json.dumps(message).encode() + b"\n")


def _wait_for(*files: Any) -> Any:
    """The first of them that can be read."""
    return select.select(files, [], [])[0][0]


def main(path: str) -> int:
    for name in _MODULES:
        importlib.import_module(name)
    # Or the children's collectors would copy every page of it.
    gc.collect()
    gc.freeze()
    ended, signalled = socket.socketpair()
    signalled.setblocking(False)
    signal.set_wakeup_fd(signalled.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        print("ready", flush=True)
        # Whoever started it keeps its stdin open; when it closes, nobody will come any more.
        while _wait_for(listener, sys.stdin) is listener:
            connection, _ = listener.accept()
            with connection:
                order = Nursery(connection).serve(ended)
            if order is not None:
                ended.close()
                signalled.close()
                listener.close()
                return _become(order)
    return 0


def _become(order: Order) -> int:
    """Go on as the process that was ordered."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.chdir(order["cwd"])
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(number, target)
    os.environ.clear()
    os.environ.update(order["env"])
    if order["mutant"]:
        MUTANTS[order["mutant"]]()
    return denrei(order["argv"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
