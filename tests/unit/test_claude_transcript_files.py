"""Claude Code's files and the store: whichever knows more is followed, and nothing is lost."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator_core.claude_transcript_files import (
    ConversationFiles,
    bring_together,
    lay_out_for_reading,
)
from orchestrator_core.model import JsonObject
from orchestrator_core.ports import TranscriptKey
from tests.fakes.clock import FakeClock
from tests.fakes.store import FakeStore
from tests.fakes.transcripts import FakeTranscripts
from tests.fakes.wakeups import FakeWakeups

KEY = TranscriptKey(project="-w", conversation="c1")
SUBAGENT = replace(KEY, subpath="subagents/agent-1")
A, B, C, D = ({"type": "user", "uuid": name} for name in "abcd")
MODE: JsonObject = {"type": "mode", "mode": "default"}
COUNTER: JsonObject = {"type": "cost-state", "totalCostUSD": 7}
CALL: JsonObject = {"type": "api-request-blob", "uuid": "call"}


@pytest.fixture
def transcripts() -> FakeTranscripts:
    return FakeTranscripts(FakeStore(FakeWakeups()), FakeClock())


@pytest.fixture
def files(tmp_path: Path) -> ConversationFiles:
    return ConversationFiles(home=tmp_path / "claude", key=KEY)


def write(path: Path, *lines: JsonObject, end: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines) + end)


def read(path: Path) -> list[JsonObject]:
    return [json.loads(line) for line in path.read_text().splitlines()]


async def test_a_conversation_is_laid_out_where_it_has_never_been(
    transcripts: FakeTranscripts, files: ConversationFiles
) -> None:
    meta: JsonObject = {"type": "agent_metadata", "agentType": "Explore"}
    await transcripts.append(KEY, [A, MODE, {**B, "text": "水 \0 \ud800"}])
    await transcripts.append(SUBAGENT, [C, {**meta, "agentType": "old"}, meta])
    await bring_together(transcripts, files, lease=None)

    main, sub = files.path(""), files.path(SUBAGENT.subpath)
    assert main == files.home / "projects/-w/c1.jsonl"
    assert read(main) == [A, MODE, {**B, "text": "水 \0 \ud800"}]
    assert sub == files.home / "projects/-w/c1/subagents/agent-1.jsonl"
    assert read(sub) == [C]
    assert read(sub.with_name("agent-1.meta.json")) == [{"agentType": "Explore"}]
    assert stat.S_IMODE(main.stat().st_mode) == 0o600
    assert sorted(path.name for path in main.parent.iterdir()) == ["c1", "c1.jsonl"]


async def test_a_file_that_has_it_all_is_left_alone(
    transcripts: FakeTranscripts, files: ConversationFiles
) -> None:
    await transcripts.append(KEY, [A, MODE, B, MODE])
    write(files.path(""), COUNTER, A, MODE, CALL, B, MODE, COUNTER)
    before = files.path("").stat()
    await bring_together(transcripts, files, lease=None)

    assert files.path("").stat() == before
    assert await transcripts.load(KEY) == [A, MODE, B, MODE]


async def test_what_only_the_file_has_is_stored(
    transcripts: FakeTranscripts, files: ConversationFiles
) -> None:
    """Its last line was cut off by a crash."""
    await transcripts.append(KEY, [A, MODE])
    write(files.path(""), A, MODE, MODE, CALL, B, COUNTER, C, end='{"uuid": "hal')
    write(files.path(SUBAGENT.subpath), D)
    await bring_together(transcripts, files, lease=None)

    assert await transcripts.load(KEY) == [A, MODE, MODE, B, C]
    assert await transcripts.load(SUBAGENT) == [D]


@pytest.mark.parametrize("stored", [[], [MODE]])
async def test_a_file_nobody_stored_is_stored_whole(
    transcripts: FakeTranscripts, files: ConversationFiles, stored: list[JsonObject]
) -> None:
    await transcripts.append(KEY, stored)
    write(files.path(""), MODE, A, MODE, B)
    await bring_together(transcripts, files, lease=None)

    assert sorted(map(str, await transcripts.load(KEY))) == sorted(map(str, [MODE, A, MODE, B]))


async def test_a_conversation_that_went_on_elsewhere_replaces_the_file(
    transcripts: FakeTranscripts, files: ConversationFiles
) -> None:
    await transcripts.append(KEY, [A, B, C])
    mentioned = {**B, "parentUuid": "c", "text": "c"}
    write(files.path(""), A, mentioned, COUNTER)
    await bring_together(transcripts, files, lease=None)

    assert read(files.path("")) == [A, B, C]
    assert not files.path("").with_suffix(".parted").exists()


async def test_lines_that_others_went_on_without_are_kept_beside_the_file(
    transcripts: FakeTranscripts, files: ConversationFiles, caplog: pytest.LogCaptureFixture
) -> None:
    await transcripts.append(KEY, [A, C])
    write(files.path(""), A, B)
    await bring_together(transcripts, files, lease=None)

    assert read(files.path("")) == [A, C]
    assert read(files.path("").with_suffix(".parted")) == [A, B]
    assert [one.getMessage() for one in caplog.records] == ["transcript parted"]


async def test_a_conversation_that_nobody_has_is_left_to_claude(
    transcripts: FakeTranscripts, files: ConversationFiles
) -> None:
    await bring_together(transcripts, files, lease=None)

    assert not files.home.exists()
    assert await transcripts.conversations("-w") == []


@pytest.mark.parametrize("subpath", ["../../../x", "/x", "subagents/../../../x", "a\0b"])
async def test_nothing_is_written_outside_the_folder(
    transcripts: FakeTranscripts, files: ConversationFiles, subpath: str
) -> None:
    await transcripts.append(KEY, [A])
    await transcripts.append(replace(KEY, subpath=subpath), [B])
    await bring_together(transcripts, files, lease=None)

    assert list(files.home.parent.rglob("*.jsonl")) == [files.path("")]


async def test_what_another_session_is_to_copy_is_laid_out_where_it_is_not(
    transcripts: FakeTranscripts, files: ConversationFiles
) -> None:
    await transcripts.append(KEY, [A, B])
    await lay_out_for_reading(transcripts, files)

    assert read(files.path("")) == [A, B]


async def test_a_conversation_somebody_may_be_at_work_on_is_only_read(
    transcripts: FakeTranscripts, files: ConversationFiles
) -> None:
    """What it has just told the store may not be in its file yet, and the other way round."""
    await transcripts.append(KEY, [A, B])
    path = files.path("")
    for lines in ([A], [A, B, C]):
        write(path, *lines)
        await lay_out_for_reading(transcripts, files)
        assert read(path) == lines

    assert await transcripts.load(KEY) == [A, B]


async def test_a_file_that_was_left_behind_is_made_new_before_it_is_copied(
    transcripts: FakeTranscripts, files: ConversationFiles
) -> None:
    await transcripts.append(KEY, [A, B])
    write(files.path(""), A)
    os.utime(files.path(""), (0, 0))
    await lay_out_for_reading(transcripts, files)

    assert read(files.path("")) == [A, B]
