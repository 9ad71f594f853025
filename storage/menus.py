"""Which menus stand ready, and who sees another one than they should."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient

from orchestrator_core.model import Language, Menu, MenuChange, MenuState
from storage import models as rows
from storage.sql import fetch, find, find_one, insert

#: Of the few who may command, with a look at an index for each question. An approval waits for
#: whoever `may_answer` it (orchestrator_core/approval_answers.py) and did not yet say yes.
_WANTED = """
    SELECT p.id AS person_id, p.language AS language, CASE
        WHEN EXISTS (SELECT 1 FROM tool_approval a
            WHERE a.state = 'pending' AND a.expires_at > $1
            AND (a.first_yes IS NULL OR a.first_yes <> p.id)
            AND (a.person_id = p.id
                OR (p.role = 'owner' AND (a.person_id IS NULL OR a.second_person))))
        THEN 'waiting'
        WHEN EXISTS (SELECT 1 FROM channel_binding b
            JOIN turn t ON t.session_id = b.session_id AND t.state IN ('queued', 'running')
            WHERE b.chat_id = p.id)
        THEN 'running' ELSE 'idle' END AS state
    FROM person p WHERE p.role IN ('owner', 'operator')"""
_TO_CHANGE = f"""
    WITH wanted AS ({_WANTED}), fitting AS (
        SELECT w.person_id, w.state, COALESCE(own.id, english.id) AS menu_id FROM wanted w
        LEFT JOIN rich_menu own ON own.state = w.state AND own.language = w.language
        LEFT JOIN rich_menu english ON english.state = w.state AND english.language = 'en')
    SELECT f.person_id, f.menu_id FROM fitting f
    LEFT JOIN person_menu m ON m.person_id = f.person_id
    WHERE f.menu_id IS NOT NULL AND (m.menu_id IS NULL OR m.menu_id <> f.menu_id)
    AND (m.changed_at IS NULL OR m.changed_at <= $2 OR f.state = 'waiting')
    ORDER BY f.person_id LIMIT $3"""  # noqa: S608 - fixed words
# Owners of the settings may be shown one before they are known as a person.
_TO_HIDE = """
    SELECT m.person_id FROM person_menu m JOIN person p ON p.id = m.person_id
    WHERE p.role NOT IN ('owner', 'operator') ORDER BY m.person_id LIMIT $1"""
_SHOWN = """
    INSERT INTO person_menu (person_id, menu_id, changed_at) VALUES ($1, $2, $3)
    ON CONFLICT (person_id) DO UPDATE SET
        menu_id = excluded.menu_id, changed_at = excluded.changed_at"""


@dataclass(frozen=True, slots=True)
class SqlMenus:
    db: BaseDBAsyncClient

    async def ready(self) -> list[Menu]:
        return [
            Menu(state=MenuState(row.state), language=Language(row.language), id=row.id)
            for row in await find(self.db, rows.RichMenu, "ORDER BY id")
        ]

    async def save_ready(self, menus: Collection[Menu]) -> None:
        await fetch(self.db, "DELETE FROM rich_menu")
        for one in menus:
            await insert(
                self.db,
                rows.RichMenu,
                id=one.id,
                state=one.state.value,
                language=one.language.value,
            )

    async def to_change(
        self, now: datetime, *, settled_by: datetime, limit: int
    ) -> list[MenuChange]:
        shown = await fetch(self.db, _TO_CHANGE, now, settled_by, limit)
        hidden = await fetch(self.db, _TO_HIDE, limit)
        changes = {row["person_id"]: row["menu_id"] for row in shown}
        changes |= {row["person_id"]: None for row in hidden}
        return [
            MenuChange(person_id=person_id, menu_id=changes[person_id])
            for person_id in sorted(changes)
        ][:limit]

    async def shown_to(self, person_id: str) -> str | None:
        row = await find_one(self.db, rows.PersonMenu, "WHERE person_id = $1", person_id)
        return row.menu_id if row else None

    async def save_shown(self, change: MenuChange, now: datetime) -> None:
        if change.menu_id is None:
            gone = "DELETE FROM person_menu WHERE person_id = $1"
            await fetch(self.db, gone, change.person_id)
            return
        await fetch(self.db, _SHOWN, change.person_id, change.menu_id, now)
