"""What is asked of the books, in SQL for both databases."""

from __future__ import annotations

from storage.late_writes import Write

#: Agent and person are those of the session and the turn.
_COLUMNS = """
    INSERT INTO cost_entry (session_id, turn_id, run, usd_billionths, usage, created_at,
        standing, counter_billionths, counter_home, agent, person_id)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9,
        (SELECT agent FROM session WHERE id = CAST($1 AS VARCHAR)),
        (SELECT person_id FROM turn WHERE id = $2))"""
#: What was told first stays.
_TOLD_WINS = """
    ON CONFLICT (turn_id, run) DO UPDATE SET usd_billionths = excluded.usd_billionths,
        usage = excluded.usage, created_at = excluded.created_at, standing = excluded.standing,
        counter_billionths = excluded.counter_billionths,
        counter_home = excluded.counter_home
    WHERE cost_entry.standing <> 'told' RETURNING id"""
BOOK = f"{_COLUMNS} {_TOLD_WINS}"
BOOK_LATE = Write(
    table="cost_entry",
    one=BOOK,
    many=f"""
    INSERT INTO cost_entry (session_id, turn_id, run, usd_billionths, usage, created_at,
        standing, counter_billionths, counter_home, agent, person_id)
    SELECT e.*, s.agent, t.person_id FROM unnest
        ($1::text[], $2::bigint[], $3::int[], $4::bigint[], $5::text[], $6::timestamptz[],
        $7::text[], $8::bigint[], $9::text[]) AS e (session_id, turn_id)
    LEFT JOIN session s ON s.id = e.session_id LEFT JOIN turn t ON t.id = e.turn_id
    {_TOLD_WINS}""",  # noqa: S608 - fixed words
    # One statement cannot change a row twice.
    key=1,
)
OPEN = Write(table="cost_entry", one=f"{_COLUMNS} ON CONFLICT DO NOTHING RETURNING id")
_PART_COLUMNS = """
    INSERT INTO cost_part (session_id, turn_id, run, call_id, model, usd_billionths,
        input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, created_at)"""
_PART = f"{_PART_COLUMNS} VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
TELL_PART = Write(
    table="cost_part",
    one=f"{_PART} ON CONFLICT DO NOTHING RETURNING id",
    many=f"""{_PART_COLUMNS}
    SELECT * FROM unnest
        ($1::text[], $2::bigint[], $3::int[], $4::text[], $5::text[], $6::bigint[],
        $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::timestamptz[])
    ON CONFLICT DO NOTHING""",  # noqa: S608 - fixed words
)
PUT_PART = Write(
    table="cost_part",
    one=f"""{_PART}
    ON CONFLICT (turn_id, run, call_id, model) DO UPDATE
    SET usd_billionths = excluded.usd_billionths,
        input_tokens = excluded.input_tokens, output_tokens = excluded.output_tokens,
        cache_read_tokens = excluded.cache_read_tokens,
        cache_write_tokens = excluded.cache_write_tokens RETURNING id""",  # noqa: S608 - fixed words
)
ENTRY = "SELECT usd_billionths, standing FROM cost_entry WHERE turn_id = $1 AND run = $2"
CALL = """
    SELECT SUM(usd_billionths) AS total FROM cost_part
    WHERE turn_id = $1 AND run = $2 AND call_id = $3"""
GROW = Write(
    table="cost_entry",
    one="""
    UPDATE cost_entry SET usd_billionths = usd_billionths + $1
    WHERE turn_id = $2 AND run = $3""",
)
CLOSE = """
    UPDATE cost_entry SET standing = 'estimated'
    WHERE turn_id = $1 AND run = $2 AND standing = 'seen' RETURNING usd_billionths"""
REWRITE = Write(
    table="cost_entry",
    one="""
    UPDATE cost_entry SET usd_billionths = $1, standing = $2, counter_billionths = $3,
        counter_home = $4 WHERE turn_id = $5 AND run = $6""",
)
#: Once Claude has told, what was seen counts no more.
MODELS_OF = """
    WHERE turn_id = $1 AND run = $2 AND (call_id = '') =
        (SELECT standing = 'told' FROM cost_entry WHERE turn_id = $1 AND run = $2)
    ORDER BY id"""
RATE = "WHERE model = $1 AND call_id = '' AND usd_billionths > 0 ORDER BY id DESC LIMIT 1"
WAITING = """
    SELECT t.id AS turn_id, t.session_id, t.person_id, s.agent
    FROM turn t JOIN session s ON s.id = t.session_id
    WHERE t.state = 'queued' AND NOT EXISTS (SELECT 1 FROM turn b
        WHERE b.session_id = t.session_id AND b.state = 'queued' AND b.id < t.id)"""
ALERT = """
    INSERT INTO budget_alert (budget_window, percent) VALUES ($1, $2)
    ON CONFLICT DO NOTHING RETURNING id"""
