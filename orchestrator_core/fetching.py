"""Fetches what people send into their workspace, and tells them what became of it.

What is to be fetched is a row; a process that dies leaves it to be fetched again. Runs where the
workspaces can be reached. Knows nothing of how the channel keeps it.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from datetime import timedelta

from orchestrator_core import upload_folder
from orchestrator_core.ending import goes_on
from orchestrator_core.errors import (
    ContentGoneError,
    ContentNotReadyError,
    ContentTooLargeError,
    MessengerError,
)
from orchestrator_core.model import MediaKind, Refusal, Upload, UploadState
from orchestrator_core.ports import Clock, Content, Metrics, Store, Topic, Wakeups
from orchestrator_core.upload_notes import UploadNotes

logger = logging.getLogger(__name__)

#: A lost ring delays a file by this much at most.
SWEEP_SECONDS = 1.0
MOST_AT_ONCE = 4
#: One try may take so long; whoever holds a file for longer is dead.
FETCH_SECONDS = 60.0
HELD_FOR = timedelta(seconds=75)
#: A film may be worked on for minutes before it can be had.
GIVE_UP_AFTER = timedelta(minutes=15)
LONGEST_PAUSE = timedelta(minutes=1)
_KINDS = {
    MediaKind.IMAGE: ("image/",),
    MediaKind.VIDEO: ("video/",),
    MediaKind.AUDIO: ("audio/", "video/mp4", "video/webm"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetcher:
    me: str
    #: Of the workers that reach the same workspaces.
    pool: str
    store: Store
    content: Content
    notes: UploadNotes
    wakeups: Wakeups
    clock: Clock
    metrics: Metrics
    most_bytes: int

    async def recover(self, *, alone: bool) -> None:
        """`alone`: whoever was fetching is dead, as there can be no other process."""
        if alone:
            async with self.store.transaction() as records:
                await records.uploads.release(self.pool)

    async def run(self) -> None:
        """Until cancelled."""
        async with self.wakeups.bell(Topic.MEDIA) as bell:
            while goes_on():
                try:
                    found = await self.fetch_due()
                    await self.remove_withdrawn()
                    await self.notes.tell(self.pool)
                except Exception:
                    logger.exception("uploads unreadable for now")
                    found = False
                if not found:
                    await bell.wait(SWEEP_SECONDS)

    async def fetch_due(self) -> bool:
        """A few of those that are due; False when there was none."""
        now = self.clock.now()
        async with self.store.read() as records:
            if not await records.uploads.has_due(now, pool=self.pool):
                return False
        async with self.store.transaction() as records:
            taken = await records.uploads.take(
                now, pool=self.pool, fetcher=self.me, until=now + HELD_FOR, limit=MOST_AT_ONCE
            )
        await asyncio.gather(*(self._fetch(one) for one in taken))
        return bool(taken)

    async def remove_withdrawn(self) -> None:
        async with self.store.read() as records:
            gone = await records.uploads.to_remove(self.pool, limit=MOST_AT_ONCE)
        for one in gone:
            await self._remove(one, one.path or "")
            async with self.store.transaction() as records:
                await records.uploads.removed(one.id)

    async def _fetch(self, upload: Upload) -> None:
        settled = await self._outcome(upload)
        async with self.store.transaction() as records:
            ours = await records.uploads.settle(settled)
            if ours:
                records.wake(Topic.MEDIA)
        if not ours and settled.path:
            # Taken back meanwhile, or fetched by another, under the same name if at all.
            await self._clear_up(settled)
        self.metrics.count("uploads", state=settled.state)

    async def _outcome(self, upload: Upload) -> Upload:
        """The upload as it is now."""
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                return await self._placed(upload)
        except ContentTooLargeError:
            return _refused(upload, Refusal.TOO_LARGE)
        except ContentGoneError:
            return _refused(upload, Refusal.GONE)
        except (ContentNotReadyError, MessengerError, TimeoutError) as error:
            return self._later(upload, error)
        except OSError as error:
            logger.warning(
                "upload not placed", extra={"upload_id": upload.id, "why": type(error).__name__}
            )
            return _refused(upload, Refusal.NO_ROOM)

    async def _placed(self, upload: Upload) -> Upload:
        with upload_folder.landing(upload.workspace) as file:
            await self.content.fetch(
                upload.message_id, upload.kind, file.file, at_most=self.most_bytes
            )
            kind = await asyncio.to_thread(file.kind)
            if not _is_what_it_says(upload.kind, kind):
                return _refused(upload, Refusal.NOT_WHAT_IT_SAYS)
            # The number makes the name one that no other file of ours has.
            name = f"{upload.id}-{upload_folder.safe_name(upload.name or upload.kind)}"
            placed = await asyncio.to_thread(file.place, name, kind)
        return replace(
            upload,
            state=UploadState.STORED,
            path=placed.path,
            media_type=placed.media_type,
            size=placed.size,
        )

    def _later(self, upload: Upload, error: Exception) -> Upload:
        now = self.clock.now()
        if now - upload.created_at >= GIVE_UP_AFTER:
            logger.warning(
                "upload given up", extra={"upload_id": upload.id, "why": type(error).__name__}
            )
            return _refused(upload, Refusal.GAVE_UP)
        pause = min(timedelta(seconds=2 ** min(upload.attempts, 10) / 2), LONGEST_PAUSE)
        return replace(upload, state=UploadState.WAITING, due_at=now + pause)

    async def _clear_up(self, upload: Upload) -> None:
        async with self.store.read() as records:
            kept = await records.uploads.get(upload.id)
        if kept is None or kept.path != upload.path:
            await self._remove(upload, upload.path or "")

    async def _remove(self, upload: Upload, path: str) -> None:
        try:
            await asyncio.to_thread(upload_folder.remove, upload.workspace, path)
        except OSError as error:
            logger.warning(
                "upload not removed", extra={"upload_id": upload.id, "why": type(error).__name__}
            )


def _is_what_it_says(kind: MediaKind, media_type: str) -> bool:
    """A file may be anything; a picture, sound or film must be one."""
    return kind not in _KINDS or media_type.startswith(_KINDS[kind])


def _refused(upload: Upload, why: Refusal) -> Upload:
    return replace(upload, state=UploadState.REFUSED, why=why)
