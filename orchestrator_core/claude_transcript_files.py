"""Makes Claude Code's own files and the stored transcripts agree before a conversation goes on.

The SDK would lay a stored conversation out in a folder of its own, without a refresh token and
gone at the end with all that was not stored. So it is laid out in Claude Code's own folder. Knows
no SDK.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from orchestrator_core.claude_launcher import ClaudeOptions
from orchestrator_core.model import JsonObject, Lease, Session
from orchestrator_core.ports import TranscriptKey, Transcripts

logger = logging.getLogger(__name__)

#: What Claude Code writes for this machine alone and gives no store: its calls, and how much it
#: has counted. Elsewhere it counts from nothing.
_STAYS_HERE = ("api-request", "cost-state")
#: A line of the store only: what stands in a file beside a subagent's.
_METADATA = "agent_metadata"
#: A file that was not touched for so long has nobody at work on it.
_AT_REST_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationFiles:
    """Where Claude Code keeps a conversation."""

    home: Path
    key: TranscriptKey

    def path(self, subpath: str) -> Path:
        project = self.home / "projects" / self.key.project
        name = f"{self.key.conversation}/{subpath}" if subpath else self.key.conversation
        return project / f"{name}.jsonl"

    def subpaths(self) -> list[str]:
        own = self.path("").with_suffix("")
        found = (path.relative_to(own).with_suffix("") for path in own.rglob("*.jsonl"))
        # Only in folders are they subagents'.
        return [path.as_posix() for path in found if len(path.parts) > 1]


async def lay_out(options: ClaudeOptions, session: Session, *, project: str) -> None:
    """Make ready what the session's Claude Code resumes or copies, if there is anything."""
    conversation = session.claude_session_id or session.forked_from
    if options.transcripts is None or conversation is None:
        return
    files = ConversationFiles(
        home=Path(options.environment["CLAUDE_CONFIG_DIR"]),
        key=TranscriptKey(project=project, conversation=conversation),
    )
    if session.claude_session_id is None:
        await lay_out_for_reading(options.transcripts, files)
    else:
        await bring_together(options.transcripts, files, lease=session.lease)


async def lay_out_for_reading(transcripts: Transcripts, files: ConversationFiles) -> None:
    """Write what is stored where the file lacks it. Nothing is added to the store: the
    conversation is another session's, which may be at work on it."""
    path, tail = files.path(""), await transcripts.tail(files.key)
    if await asyncio.to_thread(_is_behind, tail, path):
        await asyncio.to_thread(_write, path, await transcripts.load(files.key))


async def bring_together(
    transcripts: Transcripts, files: ConversationFiles, *, lease: Lease | None
) -> None:
    """Store what only the files have, and write anew what has gone on elsewhere."""
    key = replace(files.key, subpath="")
    subpaths = {*await transcripts.subpaths(key), *await asyncio.to_thread(files.subpaths)}
    for subpath in filter(_stays_inside, ["", *sorted(subpaths)]):
        one = replace(key, subpath=subpath)
        await _bring_together(transcripts, one, files.path(subpath), lease)


async def _bring_together(
    transcripts: Transcripts, key: TranscriptKey, path: Path, lease: Lease | None
) -> None:
    tail = await transcripts.tail(key)
    unstored = await asyncio.to_thread(_beyond, tail, path)
    if unstored is None:
        stored = await transcripts.load(key)
        await asyncio.to_thread(_write, path, stored)
    elif unstored:
        logger.info("transcript caught up", extra={"lines": len(unstored)})
        await transcripts.append(key, unstored, lease=lease)


def _beyond(tail: list[JsonObject], path: Path) -> list[JsonObject] | None:
    """What the file has after the store's last lines; None when it lacks those."""
    lines = _lines_of(path)
    start = 0
    if tail and (last := tail[0].get("uuid")) is not None:
        needle = json.dumps(last).encode()
        places = (n for n in range(len(lines), 0, -1) if needle in lines[n - 1])
        start = next((n for n in places if _uuids(lines[n - 1 : n]) == {last}), 0)
        if not start:
            return None
    elif tail and not lines:
        return None
    stored = list(tail)
    unstored = []
    for line in _parsed(lines[start:]):
        if line in stored:
            stored.remove(line)
        elif not str(line.get("type")).startswith(_STAYS_HERE):
            unstored.append(line)
    return unstored


def _is_behind(tail: list[JsonObject], path: Path) -> bool:
    """Not while it is being written: what was just told to the store may not be in it yet."""
    if _beyond(tail, path) is not None:
        return False
    return not path.exists() or time.time() - path.stat().st_mtime > _AT_REST_SECONDS


def _write(path: Path, stored: list[JsonObject]) -> None:
    """Put the stored lines in the file's place."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if alone := _uuids(_lines_of(path)) - {str(line.get("uuid")) for line in stored}:
        # Claude Code wrote here what nobody stored before others went on: kept, not used.
        logger.warning("transcript parted", extra={"lines": len(alone)})
        path.replace(path.with_suffix(".parted"))
    for line in stored:
        if line.get("type") == _METADATA:
            beside = {name: value for name, value in line.items() if name != "type"}
            _put(path.with_suffix(".meta.json"), [beside])
    _put(path, [line for line in stored if line.get("type") != _METADATA])


def _put(path: Path, lines: list[JsonObject]) -> None:
    """At once, or a crash would leave half a conversation that looks whole."""
    new = path.with_suffix(".new")
    with open(new, "w", opener=_private) as file:
        file.writelines(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
    new.replace(path)


def _private(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)


def _lines_of(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return []


def _parsed(lines: Iterable[bytes]) -> Iterable[JsonObject]:
    for line in lines:
        try:
            found = json.loads(line)
        except ValueError:
            # Empty, or cut off by a crash.
            continue
        if isinstance(found, dict):
            yield found


def _uuids(lines: Iterable[bytes]) -> set[str]:
    return {str(line["uuid"]) for line in _parsed(lines) if "uuid" in line}


def _stays_inside(subpath: str) -> bool:
    """It becomes a path, and comes out of a database."""
    path = PurePosixPath(subpath)
    return not path.is_absolute() and ".." not in path.parts and "\0" not in subpath
