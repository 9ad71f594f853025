"""The warden: a small process between Denrei and one Claude Code, run by `warden.sh`.

It ends the CLI and every process that came of it when Denrei dies, when Denrei's heartbeat stops,
when the CLI ends, or when it is told to. Whoever is told to kill it must give it the chance to do
that: SIGTERM is passed on to the CLI, which gets some time; SIGUSR2 ends all at once.

It has interpreter start-up to spare and nothing else: the standard library's small modules only,
none of ours. What a tool hands to another service (a container, a timer) is out of its reach.

On Linux it is a child subreaper: a process that daemonizes becomes its child. Elsewhere such a
process is lost, and a killed warden is noticed by the CLI at the end of its input.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Sequence

GATEWAY, CLI, PYTHON = "DENREI_WARDEN_GATEWAY", "DENREI_WARDEN_CLI", "DENREI_WARDEN_PYTHON"
HEARTBEAT, HEARTBEAT_SECONDS = "DENREI_HEARTBEAT", "DENREI_HEARTBEAT_SECONDS"
#: Whom the CLI is to run as; empty: as the warden does.
USER = "DENREI_WARDEN_USER"

#: Neither is used by anything else here, and neither leaves a core file if it comes too early.
AT_ONCE, _PARENT_DIED = signal.SIGUSR2, signal.SIGUSR1
_PASSED_ON = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

#: How often it looks at its parent and the heartbeat when no signal comes.
_TICK_SECONDS = 0.5
#: What the CLI gets after a signal that was passed on. The SDK kills the warden after five.
_GRACE_SECONDS = 2.0
_PAUSE_SECONDS = 0.02
#: Rounds without a process that may be signalled: one under another user never ends.
_MOST_QUIET_ROUNDS = 100

# man 2 prctl
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36

Prctl = Callable[[int, int], object]
Children = Callable[[int], Sequence[int]]


def main() -> None:
    names = (GATEWAY, CLI, PYTHON, HEARTBEAT, HEARTBEAT_SECONDS, USER)
    # None of them is for the CLI, whose tools would inherit it.
    given = {name: os.environ.pop(name, "") for name in names}
    # Ctrl-C at a terminal is for Denrei, which ends its turns in order.
    with contextlib.suppress(PermissionError):
        os.setsid()
    gateway, pulse = int(given[GATEWAY]), _Pulse(given[HEARTBEAT], given[HEARTBEAT_SECONDS])
    signals = _listen()
    prctl = _prctl()
    prctl(_PR_SET_CHILD_SUBREAPER, 1)
    # It is sent when the *thread* that started us ends, so it only makes us look.
    prctl(_PR_SET_PDEATHSIG, _PARENT_DIED)
    brood = _Brood(_start(given[CLI], given[USER], prctl))
    try:
        _watch(brood, gateway, pulse, signals)
    finally:
        _end_all(brood, signals)
    _leave(brood.status)


class _Brood:
    """The CLI, and the orphans that were left to us."""

    def __init__(self, cli: int) -> None:
        self.cli = cli
        #: As `os.waitpid` tells it; None while the CLI runs.
        self.status: int | None = None

    def reap(self) -> bool:
        """Bury the dead. False when no child is left at all."""
        try:
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                if ended[0] == self.cli:
                    self.status = ended[1]
        except ChildProcessError:
            return False
        return True


class _Pulse:
    """Denrei's heartbeat: a file with the last CLOCK_MONOTONIC time at which all was well.

    That clock is one for all processes and stands still while the machine sleeps.
    """

    def __init__(self, file: str, seconds: str) -> None:
        self._file = file
        self._seconds = float(seconds or 0)
        self._last = time.monotonic()

    def has_stopped(self) -> bool:
        if not self._file:
            return False
        now = time.monotonic()
        told = self._read()
        # One from before the machine was started may lie ahead.
        if told is not None and told <= now:
            self._last = told
        return now - self._last > self._seconds

    def _read(self) -> float | None:
        try:
            file = os.open(self._file, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            return float(os.read(file, 64))
        except (OSError, ValueError):
            return None
        finally:
            os.close(file)


def _listen() -> int:
    """From now on a signal is a byte in the pipe that is returned."""
    heard, told = os.pipe()
    os.set_blocking(heard, False)
    os.set_blocking(told, False)
    signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    for number in (*_PASSED_ON, AT_ONCE, _PARENT_DIED, signal.SIGCHLD):
        signal.signal(number, lambda _number, _frame: None)
    return heard


def _prctl() -> Prctl:
    try:
        # Late: it is the dearest of the imports, and not every platform has the call.
        import ctypes  # noqa: PLC0415

        found: Prctl = ctypes.CDLL(None).prctl
    except (ImportError, OSError, AttributeError):
        return lambda _option, _value: None
    return found


def _start(path: str, user: str, prctl: Prctl) -> int:
    warden = os.getpid()
    pid = os.fork()
    if pid == 0:
        _become(path, user, warden, prctl)
    # The CLI's pipes are the CLI's alone, or their other ends would never see it go.
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    os.close(null)
    return pid


def _become(path: str, user: str, warden: int, prctl: Prctl) -> None:
    """In the child. There is one thread, so anything may be done between fork and exec."""
    try:
        if user:
            _turn_into(user)
        # After that: the signal is forgotten when a process becomes somebody else's.
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        # Python ignores them, and what is ignored stays so in the new program.
        for number in (signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)
        # It may have died before the line above it.
        if os.getppid() == warden:
            os.execv(path, [path, *sys.argv[1:]])  # noqa: S606 - what we are here for
    finally:
        os._exit(127)


def _turn_into(user: str) -> None:
    """Raises where that is not allowed; then nothing is started."""
    # Late: hardly any warden needs it.
    import pwd  # noqa: PLC0415

    entry = pwd.getpwnam(user)
    os.initgroups(user, entry.pw_gid)
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)
    os.environ.update(HOME=entry.pw_dir, USER=user, LOGNAME=user)


def _watch(brood: _Brood, gateway: int, pulse: _Pulse, signals: int) -> None:
    """Until there is a reason to end what is left."""
    until = float("inf")
    while os.getppid() == gateway and not pulse.has_stopped() and time.monotonic() < until:
        brood.reap()
        if brood.status is not None:
            return
        for number in _heard(signals, _TICK_SECONDS):
            if number == AT_ONCE:
                return
            if number in _PASSED_ON:
                os.kill(brood.cli, number)
                until = min(until, time.monotonic() + _GRACE_SECONDS)


def _heard(signals: int, seconds: float) -> bytes:
    select.select([signals], [], [], seconds)
    try:
        return os.read(signals, 512)
    except BlockingIOError:
        return b""


def _end_all(brood: _Brood, signals: int) -> None:
    """Kill until nothing is left: to a subreaper, no child means no descendant."""
    quiet = 0
    while brood.reap() and quiet < _MOST_QUIET_ROUNDS:
        children = _kinship()
        quiet = 0 if _kill(children(os.getpid()), children) else quiet + 1
        _heard(signals, _PAUSE_SECONDS)


def _kill(pids: Sequence[int], children: Children) -> bool:
    """Kill these and what came of them. False when none could be killed."""
    killed = False
    for pid in pids:
        # Asked first: the children of a process that is gone are no longer told.
        below = children(pid)
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)
            killed = True
        killed |= _kill(below, children)
    return killed


def _kinship() -> Children:
    """How to find the children of a process at this moment."""
    me = os.getpid()
    if os.access(f"/proc/{me}/task/{me}/children", os.R_OK):
        return _children_in_proc
    table = children_by_ps()
    return lambda pid: table.get(pid, ())


def _children_in_proc(pid: int) -> Sequence[int]:
    """man 5 proc: each thread has a list of its own."""
    found: list[int] = []
    with contextlib.suppress(OSError), os.scandir(f"/proc/{pid}/task") as threads:
        for thread in threads:
            file = os.open(f"{thread.path}/children", os.O_RDONLY | os.O_CLOEXEC)
            with os.fdopen(file) as children:
                found += map(int, children.read().split())
    return found


def children_by_ps() -> dict[int, list[int]]:
    """Empty where there is no ps."""
    # Late: it is dear, and Linux does without.
    import subprocess  # noqa: PLC0415

    table: dict[int, list[int]] = {}
    with contextlib.suppress(OSError):
        asked = subprocess.run(
            ["ps", "-A", "-o", "ppid=,pid="],  # noqa: S607 - wherever it is
            capture_output=True,
            check=False,
        )
        for line in asked.stdout.splitlines():
            parent, _, pid = line.strip().partition(b" ")
            table.setdefault(int(parent), []).append(int(pid))
    return table


def _leave(status: int | None) -> None:
    """End as the CLI has ended."""
    if status is not None and os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        with contextlib.suppress(OSError):
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.WEXITSTATUS(status or 0))


if __name__ == "__main__":
    main()
