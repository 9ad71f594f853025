"""Gives the SDK the store into which it copies what Claude Code writes of a conversation.

Shaped as the SDK's `SessionStore`, without importing it. Knows no database and no file.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence

from orchestrator_core.claude_launcher import ClaudeOptions
from orchestrator_core.errors import LeaseLostError
from orchestrator_core.model import JsonObject, Lease, Session
from orchestrator_core.ports import TranscriptKey, Transcripts

logger = logging.getLogger(__name__)

#: How long what was written is waited for: a turn's end is told after that, stored or not.
_PATIENCE_SECONDS = 2.0
_PAUSE_SECONDS = 1.0


class TranscriptMirror:
    """The store of one Claude Code: its lines are stored in order, however long that takes.

    The SDK gives a line up after three tries, and the next ones would follow on a gap. Here they
    wait until the database is back. What is not stored when Claude Code ends stands in its file.
    """

    def __init__(
        self, transcripts: Transcripts, lease: Lease | None, *, pause: float = _PAUSE_SECONDS
    ) -> None:
        self._transcripts = transcripts
        self._lease = lease
        self._pause = pause
        self._owed: dict[TranscriptKey, list[JsonObject]] = {}
        self._writing: asyncio.Task[None] | None = None
        #: The last try failed.
        self._behind = False
        #: Nothing more is taken: it was closed, or somebody else has the session.
        self._silent = False

    async def append(self, key: Mapping[str, str], entries: Sequence[JsonObject]) -> None:
        """Never raises: the SDK would give the same lines again."""
        if self._silent or not entries:
            return
        self._owed.setdefault(_key_of(key), []).extend(entries)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        if not self._behind:
            await asyncio.wait([self._writing], timeout=_PATIENCE_SECONDS)

    async def load(self, key: Mapping[str, str]) -> list[JsonObject] | None:
        return await self._transcripts.load(_key_of(key)) or None

    async def list_subkeys(self, key: Mapping[str, str]) -> list[str]:
        return await self._transcripts.subpaths(_key_of(key))

    async def list_sessions(self, project_key: str) -> list[JsonObject]:
        return [
            {"session_id": one.id, "mtime": round(one.changed_at.timestamp() * 1000)}
            for one in await self._transcripts.conversations(project_key)
        ]

    async def delete(self, key: Mapping[str, str]) -> None:
        await self._transcripts.delete(_key_of(key))

    async def close(self, grace: float) -> None:
        """Give what is owed a last chance, in seconds."""
        self._silent = True
        if self._writing is None:
            return
        await asyncio.wait([self._writing], timeout=grace)
        self._writing.cancel()
        await asyncio.wait([self._writing])
        if self._owed:
            logger.warning("transcript left behind", extra={"lines": self._lines_owed()})

    async def _write(self) -> None:
        while self._owed:
            key, lines = next(iter(self._owed.items()))
            count = len(lines)
            if await self._stored(key, lines[:count]):
                # What came meanwhile is next.
                del lines[:count]
                if not lines:
                    self._owed.pop(key, None)
            else:
                await asyncio.sleep(self._pause)

    async def _stored(self, key: TranscriptKey, lines: list[JsonObject]) -> bool:
        """Whether they need no other try."""
        try:
            self._lease = await self._transcripts.append(key, lines, lease=self._lease)
        except LeaseLostError:
            logger.warning("transcript of another now", extra={"lines": self._lines_owed()})
            self._silent = True
            self._owed.clear()
            return True
        except ValueError:
            logger.exception("transcript refused", extra={"lines": len(lines)})
        except Exception as error:  # noqa: BLE001 - the database may be back at the next try
            if not self._behind:
                extra = {"error": type(error).__name__, "lines": self._lines_owed()}
                logger.warning("transcript behind", extra=extra)
            self._behind = True
            return False
        self._behind = False
        return True

    def _lines_owed(self) -> int:
        return sum(len(lines) for lines in self._owed.values())


def mirror_for(options: ClaudeOptions, session: Session) -> TranscriptMirror | None:
    """None where conversations are kept by Claude Code alone."""
    if options.transcripts is None:
        return None
    return TranscriptMirror(options.transcripts, session.lease)


def _key_of(key: Mapping[str, str]) -> TranscriptKey:
    return TranscriptKey(
        project=key["project_key"],
        conversation=key["session_id"],
        subpath=key.get("subpath", ""),
    )
