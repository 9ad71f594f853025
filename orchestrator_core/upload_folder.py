"""The folder of a workspace that people's files go to, and putting them there.

Nothing is ever written through a symlink, over another file or outside the workspace: every step
is taken from the folder that was opened before, never by a path. Knows nothing of messages.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from orchestrator_core.content_kinds import HEAD, ending_for, kind_of

FOLDER = "uploads"
#: What fits a file name on every file system, our own number before it and one behind it.
_LONGEST = 120
_MOST_NAMES = 100
_STRANGE = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]')
_PART = ".part-"
_HERE = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
#: As no one file may be kept for the repository it happens to lie in.
_IGNORE = b"*\n"
_CHUNK = 1024 * 1024
#: Nobody writes to one for so long.
_LEFT_AFTER_SECONDS = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    #: Below the workspace.
    path: str
    media_type: str
    size: int


class Landing:
    """A file on its way: written first, then given its name."""

    def __init__(self, folder: int, part: str, file: BinaryIO) -> None:
        self._folder = folder
        self._part = part
        #: Written to by whoever fetches it.
        self.file = file

    def kind(self) -> str:
        self.file.flush()
        self.file.seek(0)
        return kind_of(self.file.read(HEAD))

    def place(self, name: str, kind: str) -> Placed:
        """Under this name, made safe. The same file that is there already is that file."""
        self.file.flush()
        os.fsync(self.file.fileno())
        wanted = ending_for(kind, safe_name(name))
        size = os.fstat(self.file.fileno()).st_size
        for candidate in _candidates(wanted):
            try:
                os.link(self._part, candidate, src_dir_fd=self._folder, dst_dir_fd=self._folder)
            except FileExistsError:
                if not self._is_there(candidate):
                    continue
            return Placed(path=f"{FOLDER}/{candidate}", media_type=kind, size=size)
        raise FileExistsError("too many files of one name")

    def _is_there(self, name: str) -> bool:
        """From a time before the process died, say."""
        try:
            there = os.open(
                name,
                os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC,
                dir_fd=self._folder,
            )
        except OSError:
            return False
        with os.fdopen(there, "rb") as other:
            self.file.seek(0)
            while True:
                mine, theirs = self.file.read(_CHUNK), other.read(_CHUNK)
                if mine != theirs:
                    return False
                if not mine:
                    return True


@contextlib.contextmanager
def landing(workspace: str) -> Iterator[Landing]:
    """Raises OSError where the workspace or its folder takes no file, a symlink among them."""
    with _folder(workspace) as folder:
        _clear(folder)
        part = _PART + secrets.token_hex(8)
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        made = os.open(part, flags, 0o644, dir_fd=folder)
        try:
            with os.fdopen(made, "w+b") as file:
                yield Landing(folder, part, file)
        finally:
            os.unlink(part, dir_fd=folder)


def remove(workspace: str, path: str) -> None:
    """A file that `place` made; no harm where it is gone. Raises OSError."""
    name = path.rpartition("/")[2]
    with contextlib.suppress(FileNotFoundError), _folder(workspace) as folder:
        os.unlink(name, dir_fd=folder)


def read(workspace: str, path: str, *, at_most: int) -> bytes | None:
    """What `place` made, if it is still a file and no larger. Raises OSError."""
    name = path.rpartition("/")[2]
    with _folder(workspace) as folder:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        with os.fdopen(os.open(name, flags, dir_fd=folder), "rb") as file:
            content = file.read(at_most + 1)
    return content if len(content) <= at_most else None


def safe_name(name: str) -> str:
    """The last part of it, without what a shell, a file system or an eye could take for more."""
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    shown = "".join(one for one in last if unicodedata.category(one)[0] != "C")
    plain = "_".join(_STRANGE.sub("_", shown).split()).strip(".-_ ")
    stem, dot, ending = plain.rpartition(".")
    if not dot or len(ending) > 10:  # noqa: PLR2004 - no ending that anything goes by
        stem, ending = plain, ""
    room = _LONGEST - len(ending.encode()) - 1
    cut = stem.encode()[:room].decode(errors="ignore")
    return f"{cut}.{ending}" if ending else cut or "file"


def _candidates(name: str) -> Iterator[str]:
    yield name
    stem, dot, ending = name.rpartition(".")
    for number in range(2, _MOST_NAMES):
        yield f"{stem}-{number}.{ending}" if dot and stem else f"{name}-{number}"


@contextlib.contextmanager
def _folder(workspace: str) -> Iterator[int]:
    # The workspace's own path was resolved when the settings were read.
    root = os.open(workspace, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        made = False
        with contextlib.suppress(FileExistsError):
            os.mkdir(FOLDER, 0o755, dir_fd=root)
            made = True
        folder = os.open(FOLDER, _HERE, dir_fd=root)
        try:
            if made:
                _ignore(folder)
            yield folder
        finally:
            os.close(folder)
    finally:
        os.close(root)


def _clear(folder: int) -> None:
    """What a process that died was writing."""
    with os.scandir(folder) as found:
        parts = [entry.name for entry in found if entry.name.startswith(_PART)]
    for name in parts:
        with contextlib.suppress(FileNotFoundError):
            age = time.time() - os.stat(name, dir_fd=folder, follow_symlinks=False).st_mtime
            if age > _LEFT_AFTER_SECONDS:
                os.unlink(name, dir_fd=folder)


def _ignore(folder: int) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(".gitignore", flags, 0o644, dir_fd=folder), "wb") as file:
        file.write(_IGNORE)
