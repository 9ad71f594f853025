"""The texts of statements written by hand: few, whatever is asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from storage import sql
from storage.log import SqlSessionLog
from storage.store import open_store
from tests.fakes.wakeups import FakeWakeups
from tests.integration.long_history import Recorder
from tests.servers import new_sqlite


async def test_every_page_of_a_session_s_messages_is_asked_for_in_the_same_words(
    tmp_path: Path,
) -> None:
    file = new_sqlite(tmp_path)
    async with (
        open_store(f"sqlite://{file}", FakeWakeups()) as store,
        store.client_in_transaction() as client,
    ):
        recorder = Recorder(client)
        for before_id in range(1, 10):
            log = SqlSessionLog(cast("Any", recorder))
            await log.messages("s", limit=20, before_id=before_id)

    assert len(recorder.statements) == 9
    assert len({text for text, _ in recorder.statements}) == 1


async def test_of_endless_texts_only_so_many_are_kept(tmp_path: Path) -> None:
    file = new_sqlite(tmp_path)
    kept = sql._question_marks.cache_info  # noqa: SLF001 - it tells nobody otherwise
    async with (
        open_store(f"sqlite://{file}", FakeWakeups()) as store,
        store.client_in_transaction() as client,
    ):
        for count in range(1, 2000):
            sql.for_dialect(client, f"SELECT {sql.places(1, count)}")

    assert 0 < kept().currsize < 1000
