"""A long history, made in the database itself: what is over by the ten thousand, little that is
open. All of it belongs to one session and one chat, as nothing of theirs may get slower either.

`fill` makes rows for anybody who wants many."""

from __future__ import annotations

from collections.abc import Mapping

from storage.store import SqlStore

#: Rows of each table. Half of them are old.
ROWS = 10_000
SESSION = "a" * 32
CHAT = "U1"
LONG_AGO, LATELY = "2029-01-01 00:00:00+00:00", "2029-12-31 00:00:00+00:00"

#: By table its columns, and their values for row `i` at the time `{at}`; the words in braces are
#: SQL. `{id}` is that of session `i`, `{session}` and `{chat}` whom the row belongs to.
_TABLES = {
    "session": (
        "id, name, name_key, chat_id, chat_kind, person_id, agent, workspace, state, created_at, "
        "updated_at, cost_billionths, reported_total_billionths, last_line, pool, fence",
        "{id}, 'n' || i, 'n' || i, {chat}, 'user', 'U1', "
        "'claude', '/w', 'idle', '{at}', '{at}', 0, 0, '', 'default', 1",
    ),
    "session_message": (
        "session_id, turn_id, role, text, created_at",
        "{session}, i, 'prompt', 'hello', '{at}'",
    ),
    "session_event": (
        "session_id, turn_id, kind, data, created_at",
        "{session}, i, 'said', '{{}}', '{at}'",
    ),
    "turn": (
        "session_id, prompt, state, created_at, chat_id, chat_kind, person_id, idempotency_key, "
        "runs, reached_model, stop_requested, message_id",
        "{session}, 'hello', 'done', '{at}', {chat}, 'user', 'U1', '{letter}' || i, "
        "1, {yes}, {no}, '{letter}' || i",
    ),
    "inbox_event": (
        "webhook_event_id, chat_id, timestamp_ms, payload, state, received_at, failures, "
        "message_id",
        "'{letter}' || i, {chat}, i, '{{}}', 'done', '{at}', 0, '{letter}' || i",
    ),
    "delivery": (
        "chat_id, messages, retry_key, created_at, turn_id, state, attempts, due_at, sent_at",
        "{chat}, '[]', '{letter}' || i, '{at}', i, 'sent', 1, '{at}', '{at}'",
    ),
    "tool_approval": (
        "turn_id, session_id, nonce, tool, tool_input, created_at, expires_at, state",
        "i, {session}, 'n', 'Bash', '{{}}', '{at}', '{at}', 'allowed'",
    ),
    "cost_entry": (
        "session_id, turn_id, run, usd_billionths, usage, created_at",
        "{session}, {start} + i, 1, 5, '{{}}', '{at}'",
    ),
    "cost_part": (
        "session_id, turn_id, run, call_id, model, usd_billionths, input_tokens, output_tokens, "
        "cache_read_tokens, cache_write_tokens, created_at",
        "{session}, {start} + i, 1, '', 'o' || (i % 20), 5, 1, 1, 1, 1, '{at}'",
    ),
    "budget_raise": (
        "budget_window, usd_billionths, actor, created_at",
        "'{letter}' || i, 5, 'U1', '{at}'",
    ),
    "audit_entry": (
        "actor, action, detail, created_at, session_id",
        "'U1', 'stop', '{{}}', '{at}', {session}",
    ),
    "schedule": (
        "session_id, prompt, said, cron, zone, created_at, chat_id, chat_kind, person_id, "
        "message_id, state, next_at",
        "{session}, 'hello', 'every day', '0 9 * * *', 'UTC', '{at}', {chat}, 'user', "
        "'{letter}' || i, '{letter}' || i, 'active', '2031-01-01 00:00:00+00:00'",
    ),
    "person": ("id, role, language", "'{letter}' || i, 'stranger', 'en'"),
    "pairing": (
        "person_id, mark, created_at, expires_at, state",
        "'{letter}' || i, 'm', '{at}', '{at}', 'waiting'",
    ),
    "pairing_attempt": ("actor, tried_at", "'{letter}' || i, '{at}'"),
    "transcript_entry": (
        "project_key, claude_session_id, subpath, entry_uuid, entry, created_at",
        "'p', '{letter}' || (i % 500), '', '{letter}' || i, '{{}}', '{at}'",
    ),
}


async def make_history(store: SqlStore, *, postgres: bool) -> None:
    yes, no = ("TRUE", "FALSE") if postgres else ("1", "0")
    words = {"session": f"'{SESSION}'", "chat": f"'{CHAT}'", "yes": yes, "no": no}
    for table in _TABLES:
        for at, letter, start in ((LONG_AGO, "o", 0), (LATELY, "y", ROWS)):
            words |= {"at": at, "letter": letter, "start": str(start)}
            words["id"] = f"'{letter}' || i || '-of-these-there-are-many'"
            await store.execute(fill(table, ROWS // 2, words), [])
    await store.execute("UPDATE session SET id = $1 WHERE number = 7", [SESSION])
    # A little that is open, in front and at the end.
    for table, state in (("turn", "held"), ("delivery", "held"), ("inbox_event", "new")):
        for place in (3, ROWS - 3):
            await store.execute(f"UPDATE {table} SET state = $1 WHERE id = $2", [state, place])  # noqa: S608
    # SQLite goes without: it would take all states for equally frequent, and walk through a long
    # table for the few rows that are open.
    if postgres:
        await store.execute("ANALYZE", [])


def fill(table: str, rows: int, words: Mapping[str, str]) -> str:
    columns, values = _TABLES[table]
    return f"""
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows:d})
    INSERT INTO {table} ({columns}) SELECT {values.format(**words)} FROM n"""  # noqa: S608 - fixed words
