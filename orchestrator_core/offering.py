"""Offers people the files that Claude made for them: those its answer names, which the turn wrote
inside the workspace. A copy is kept for as long as the link is good, so that what the link shows
is what was answered, and no link ever leads to a path.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import secrets
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from orchestrator_core.content_kinds import TEXT, UNKNOWN, kind_of
from orchestrator_core.guard.tables.paths import SECRETS
from orchestrator_core.messages import OfferedFile
from orchestrator_core.model import MadeFile, Session, Turn
from orchestrator_core.ports import Clock, FileAddresses, Store
from orchestrator_core.redaction import redact
from orchestrator_core.upload_folder import FOLDER
from orchestrator_core.upload_notes import size_of

logger = logging.getLogger(__name__)

MOST_FILES = 8
#: Not the code that is worked on: of that, changes are to be read, not files to be fetched.
_TEXTS = frozenset({"csv", "html", "ics", "json", "log", "md", "svg", "tsv", "txt", "xml"})
_NAMED = re.compile(r"[^\s`'\"<>()\[\]{}|*,;:、。「」（）]+\.[A-Za-z0-9]{1,8}(?![A-Za-z0-9])")
_MOST_NAMED = 200
#: A file system's clock may be coarse.
_EARLIER = timedelta(seconds=2)
_PICTURES = frozenset({"image/png", "image/jpeg"})
_EXPIRED_AT_ONCE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    store: Store
    addresses: FileAddresses
    clock: Clock
    most_bytes: int
    good_for: timedelta

    async def of(self, turn: Turn, session: Session, answer: str) -> tuple[OfferedFile, ...]:
        """Never raises: the answer counts for more than what is offered with it."""
        try:
            return await self._offer(turn, session, answer)
        except Exception:
            logger.exception("files not offered", extra={"turn_id": turn.id})
            return ()

    async def _offer(self, turn: Turn, session: Session, answer: str) -> tuple[OfferedFile, ...]:
        person_id = turn.person_id
        if person_id is None:
            return ()
        since = (turn.started_at or turn.created_at) - _EARLIER
        look = (session.workspace, answer, since, self.most_bytes)
        found = await asyncio.to_thread(lambda: list(islice(_found(*look), MOST_FILES)))
        if not found:
            return ()
        now = self.clock.now()
        made = [
            MadeFile(
                id=secrets.token_hex(16),
                turn_id=turn.id,
                person_id=person_id,
                name=name,
                media_type=kind,
                content=content,
                created_at=now,
                expires_at=now + self.good_for,
            )
            for name, kind, content in found
        ]
        async with self.store.transaction() as records:
            await records.made_files.delete_expired(now, limit=_EXPIRED_AT_ONCE)
            for one in made:
                await records.made_files.add(one)
        return tuple(self._offered(one) for one in made)

    def _offered(self, made: MadeFile) -> OfferedFile:
        return OfferedFile(
            name=made.name,
            address=self.addresses.address_of(made),
            size=size_of(len(made.content)),
            is_picture=made.media_type in _PICTURES,
        )


def _found(
    workspace: str, answer: str, since: datetime, most_bytes: int
) -> Iterator[tuple[str, str, bytes]]:
    """Name, kind and content of each file."""
    root = Path(workspace).resolve()
    named = list(dict.fromkeys(_NAMED.findall(answer)))[:_MOST_NAMED]
    paths = dict.fromkeys(path for name in named if (path := _inside(root, name)))
    for path in paths:
        content = _read(path, since, most_bytes)
        kind = _kind(path, content) if content else None
        if content and kind is not None:
            yield path.name, kind, content


def _inside(root: Path, name: str) -> Path | None:
    """The file itself, whatever links lead to it; None for what is none of the workspace's, was
    sent by people, or holds secrets by its name."""
    try:
        path = (root / name).resolve(strict=True)
        inside = path.relative_to(root)
    except (OSError, RuntimeError, ValueError):
        return None
    hidden = any(part.startswith(".") for part in inside.parts)
    is_secret = SECRETS.search(str(path)) or SECRETS.search(f"/{name}")
    return None if hidden or is_secret or inside.parts[0] == FOLDER else path


def _read(path: Path, since: datetime, most_bytes: int) -> bytes | None:
    """None for a file that is too large, or from before the turn."""
    try:
        # Between the look above and this, a link may have been put there.
        opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(opened, "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode) or found.st_mtime < since.timestamp():
            return None
        content = file.read(most_bytes + 1)
    return content if len(content) <= most_bytes else None


def _kind(path: Path, content: bytes) -> str | None:
    """None for what is not offered: code, what cannot be told, and words that hold a secret."""
    kind = kind_of(content)
    if kind in {UNKNOWN, "application/x-executable"}:
        return None
    if kind != TEXT:
        return kind
    words = content.decode(errors="replace")
    is_offered = path.suffix[1:].lower() in _TEXTS and redact(words) == words
    return kind if is_offered else None
