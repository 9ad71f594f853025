"""Several writes as one statement."""

from __future__ import annotations

from storage.late_writes import LateWrites

INSERT = "INSERT INTO a (x, y) VALUES ($1, $2) RETURNING id"
UPDATE = "UPDATE b SET x = $1 WHERE y = $1::text AND id = $2"


def test_a_single_write_stays_as_it_is() -> None:
    late = LateWrites()
    late.add("a", INSERT, (1, 2))

    assert late.take() == (INSERT, [1, 2])


def test_several_become_one_statement_with_the_places_moved_on() -> None:
    late = LateWrites()
    late.add("a", INSERT, (1, 2))
    late.add("b", UPDATE, ("x", 3))
    late.add("c", "DELETE FROM c WHERE id = $1", (4,))

    assert late.take() == (
        "WITH w0 AS (INSERT INTO a (x, y) VALUES ($1, $2) RETURNING id), "
        "w1 AS (UPDATE b SET x = $3 WHERE y = $3::text AND id = $4), "
        "w2 AS (DELETE FROM c WHERE id = $5) SELECT 1",
        [1, 2, "x", 3, 4],
    )


def test_a_table_is_taken_once_until_all_are_sent() -> None:
    late = LateWrites()
    late.add("a", INSERT, (1, 2))
    assert (late.takes("a"), late.takes("b"), bool(late)) == (False, True, True)

    late.take()

    assert (late.takes("a"), bool(late)) == (True, False)
