"""Files that people sent and that were made for them, in memory."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import fields, replace
from datetime import datetime

from orchestrator_core.model import MadeFile, NewUpload, Upload, UploadState
from tests.fakes.state import FakeTable, aware, next_id, save_fields

_OPEN = (UploadState.WAITING, UploadState.FETCHING, UploadState.STORED)


class FakeUploads(FakeTable):
    async def add(self, upload: NewUpload) -> bool:
        aware(upload.created_at)
        wanted = (upload.chat.id, upload.message_id)
        if self._those(lambda one: (one.chat.id, one.message_id) == wanted):
            return False
        given = {one.name: getattr(upload, one.name) for one in fields(NewUpload)}
        new_id = next_id(self.state.uploads)
        self.state.uploads[new_id] = Upload(**given, id=new_id, due_at=upload.created_at)
        return True

    async def count(self, chat_id: str, person_id: str, *, since: datetime) -> int:
        return len(await self.waiting(chat_id, person_id, since=since))

    async def take(
        self, now: datetime, *, pool: str, fetcher: str, until: datetime, limit: int
    ) -> list[Upload]:
        due = self._those(lambda one: one.pool == pool and _is_due(one, now))[:limit]
        return [
            self._save(
                replace(
                    one,
                    state=UploadState.FETCHING,
                    fetcher=fetcher,
                    fetching_until=until,
                    attempts=one.attempts + 1,
                )
            )
            for one in due
        ]

    async def has_due(self, now: datetime, *, pool: str) -> bool:
        return bool(self._those(lambda one: one.pool == pool and _is_due(one, now)))

    async def release(self, pool: str) -> None:
        fetching = UploadState.FETCHING
        for one in self._those(lambda one: one.pool == pool and one.state is fetching):
            free = replace(one, state=UploadState.WAITING, fetcher=None, fetching_until=None)
            self._save(free)

    async def get(self, upload_id: int) -> Upload | None:
        return self.state.uploads.get(upload_id)

    async def settle(self, upload: Upload) -> bool:
        kept = self.state.uploads[upload.id]
        held = (UploadState.FETCHING, upload.fetcher, upload.attempts)
        if (kept.state, kept.fetcher, kept.attempts) != held:
            return False
        names = ("state", "due_at", "path", "media_type", "size", "why")
        free = replace(upload, fetcher=None, fetching_until=None)
        save_fields(self.state.uploads, upload.id, free, *names, "fetcher", "fetching_until")
        return True

    async def attach(
        self, chat_id: str, person_id: str, *, workspace: str, turn_id: int, since: datetime
    ) -> list[Upload]:
        found = await self.waiting(chat_id, person_id, since=since)
        there = [one for one in found if one.workspace == workspace]
        return [self._save(replace(one, turn_id=turn_id)) for one in there]

    async def drop(self, chat_id: str, person_id: str, *, since: datetime, now: datetime) -> int:
        dropped = await self.waiting(chat_id, person_id, since=since)
        for one in dropped:
            self._save(replace(one, turn_id=0, told_at=now))
        return len(dropped)

    async def waiting(self, chat_id: str, person_id: str, *, since: datetime) -> list[Upload]:
        aware(since)
        return self._those(
            lambda one: (
                (one.chat.id, one.person_id) == (chat_id, person_id)
                and one.created_at >= since
                and one.turn_id is None
                and one.state in _OPEN
            )
        )

    async def of_turn(self, turn_id: int) -> list[Upload]:
        return self._those(lambda one: one.turn_id == turn_id)

    async def of_set(self, chat_id: str, set_id: str) -> list[Upload]:
        return self._those(lambda one: (one.chat.id, one.set_id) == (chat_id, set_id))

    async def untold(self, pool: str, *, limit: int) -> list[Upload]:
        over = (UploadState.STORED, UploadState.REFUSED)
        return self._those(
            lambda one: one.pool == pool and one.told_at is None and one.state in over
        )[:limit]

    async def tell(self, ids: Collection[int], now: datetime) -> list[int]:
        untold = self._those(lambda one: one.id in ids and one.told_at is None)
        return [self._save(replace(one, told_at=now)).id for one in untold]

    async def withdraw(self, chat_id: str, message_id: str) -> None:
        for one in self._those(lambda one: (one.chat.id, one.message_id) == (chat_id, message_id)):
            free = replace(one, fetcher=None, fetching_until=None, reply_token=None, name=None)
            self._save(replace(free, state=UploadState.WITHDRAWN))

    async def to_remove(self, pool: str, *, limit: int) -> list[Upload]:
        return self._those(
            lambda one: (
                one.pool == pool and one.state is UploadState.WITHDRAWN and one.path is not None
            )
        )[:limit]

    async def removed(self, upload_id: int) -> None:
        self._save(replace(self.state.uploads[upload_id], path=None))

    def _save(self, upload: Upload) -> Upload:
        self.state.uploads[upload.id] = upload
        return upload

    def _those(self, wanted: Callable[[Upload], bool]) -> list[Upload]:
        return [one for _, one in sorted(self.state.uploads.items()) if wanted(one)]


class FakeMadeFiles(FakeTable):
    async def add(self, made: MadeFile) -> None:
        aware(made.created_at, made.expires_at)
        self.state.made_files[made.id] = made

    async def get(self, file_id: str) -> MadeFile | None:
        return self.state.made_files.get(file_id)

    async def delete_expired(self, now: datetime, *, limit: int) -> int:
        made = self.state.made_files
        old = sorted(made.values(), key=lambda one: one.expires_at)
        old = [one for one in old if one.expires_at <= now][:limit]
        for one in old:
            del made[one.id]
        return len(old)


def _is_due(upload: Upload, now: datetime) -> bool:
    if upload.state is UploadState.FETCHING:
        return upload.fetching_until is not None and upload.fetching_until <= now
    return upload.state is UploadState.WAITING and upload.due_at <= now
