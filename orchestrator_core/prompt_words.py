"""What Claude is told of a turn: its prompt, who of several wrote it, and the files that go with
it. Pictures that are small enough it is shown.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from orchestrator_core import upload_folder
from orchestrator_core.content_kinds import PICTURES, extent_of
from orchestrator_core.member_names import MemberNames
from orchestrator_core.model import Session, Turn, Upload, UploadState
from orchestrator_core.ports import Clock, Picture, Prompt, Store, Topic, Wakeups
from orchestrator_core.upload_notes import size_of

logger = logging.getLogger(__name__)

#: What is still on its way is waited for so long, then the turn goes on without it.
PATIENCE = timedelta(minutes=2)
_LOOK_AGAIN_SECONDS = 1.0
#: https://docs.anthropic.com/en/docs/build-with-claude/vision: 5 MB in base64, 8000 pixels, 20
#: pictures of any size. One that is refused would be refused with each later turn again.
PICTURE_BYTES = 3_500_000
_SIDE = 8000
_MOST_PICTURES = 20
_MOST_BYTES = 15_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptWords:
    store: Store
    names: MemberNames
    wakeups: Wakeups
    clock: Clock

    async def of(self, turn: Turn, session: Session, *, ended: asyncio.Event) -> Prompt:
        """Waits for files still on their way, but not when the turn has `ended`."""
        async with self.store.read() as records:
            uploads = await records.uploads.of_turn(turn.id)
        if uploads:
            uploads = await self._settled(turn, ended)
        text = await self._named(turn, session) + _listed(uploads)
        return Prompt(text=text, pictures=await _pictures(uploads))

    async def _named(self, turn: Turn, session: Session) -> str:
        """The prompt, and before it who wrote it where there are several. Not before a command
        of Claude Code's own, which must come first."""
        shared = [one for one in (turn.chat, session.chat) if one and not one.is_one_to_one]
        if not shared or turn.person_id is None or turn.prompt.startswith("/"):
            return turn.prompt
        name = await self.names.of(turn.chat or shared[0], turn.person_id)
        return f"{name}: {turn.prompt}" if name else turn.prompt

    async def _settled(self, turn: Turn, ended: asyncio.Event) -> list[Upload]:
        until = self.clock.now() + PATIENCE
        async with self.wakeups.bell(Topic.MEDIA) as bell:
            while True:
                async with self.store.read() as records:
                    uploads = await records.uploads.of_turn(turn.id)
                is_over = all(one.is_settled for one in uploads) or ended.is_set()
                if is_over or self.clock.now() >= until:
                    return uploads
                await bell.wait(_LOOK_AGAIN_SECONDS)


def _listed(uploads: Sequence[Upload]) -> str:
    there = [
        f"- {one.path} ({one.media_type}, {size_of(one.size or 0)})"
        for one in uploads
        if one.state is UploadState.STORED
    ]
    missing = sum(one.state in {UploadState.REFUSED, UploadState.WAITING} for one in uploads)
    lines = ["Files sent with this, in the working directory:", *there] if there else []
    if missing:
        lines.append(f"({missing} more could not be fetched.)")
    return "\n\n" + "\n".join(lines) if lines else ""


async def _pictures(uploads: Sequence[Upload]) -> tuple[Picture, ...]:
    found: list[Picture] = []
    room = _MOST_BYTES
    for one in uploads:
        if one.state is UploadState.STORED and one.media_type in PICTURES:
            picture = await asyncio.to_thread(_picture, one)
            if picture is not None and len(picture.content) <= room:
                found.append(picture)
                room -= len(picture.content)
    return tuple(found[:_MOST_PICTURES])


def _picture(upload: Upload) -> Picture | None:
    try:
        content = upload_folder.read(upload.workspace, upload.path or "", at_most=PICTURE_BYTES)
    except OSError:
        logger.info("upload not there any more", extra={"upload_id": upload.id})
        return None
    kind = upload.media_type or ""
    extent = extent_of(content, kind) if content is not None else None
    if content is None or extent is None or not 0 < max(extent.width, extent.height) <= _SIDE:
        return None
    return Picture(media_type=kind, content=content)
