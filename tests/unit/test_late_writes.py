"""Several writes as one statement."""

from __future__ import annotations

from storage.late_writes import LateWrites, Write

INSERT = Write(
    table="a",
    one="INSERT INTO a (x, y) VALUES ($1, $2)",
    many="INSERT INTO a (x, y) SELECT * FROM unnest($1::int[], $2::int[])",
)
UPDATE = Write(
    table="b",
    one="UPDATE b SET x = $1 WHERE y = $1::text AND id = $2",
    many="UPDATE b SET x = v.x FROM unnest($1::text[], $2::int[]) AS v (x, id) WHERE b.id = v.id",
    key=1,
)
DELETE = Write(table="c", one="DELETE FROM c WHERE id = $1")


def test_a_single_write_stays_as_it_is() -> None:
    late = LateWrites()
    late.add(INSERT, (1, 2))

    assert late.take() == (INSERT.one, [1, 2])


def test_several_become_one_statement_with_the_places_moved_on() -> None:
    late = LateWrites()
    late.add(INSERT, (1, 2))
    late.add(UPDATE, ("x", 3))
    late.add(DELETE, (4,))

    assert late.take() == (
        "WITH w0 AS (INSERT INTO a (x, y) VALUES ($1, $2)), "
        "w1 AS (UPDATE b SET x = $3 WHERE y = $3::text AND id = $4), "
        "w2 AS (DELETE FROM c WHERE id = $5) SELECT 1",
        [1, 2, "x", 3, 4],
    )


def test_those_of_a_kind_become_one_with_lists_of_values() -> None:
    late = LateWrites()
    late.add(INSERT, (1, 2))
    late.add(UPDATE, ("x", 3))
    late.add(INSERT, (4, 5))

    statement, values = late.take()

    assert statement == (
        "WITH w0 AS (INSERT INTO a (x, y) SELECT * FROM unnest($1::int[], $2::int[])), "
        "w1 AS (UPDATE b SET x = $3 WHERE y = $3::text AND id = $4) SELECT 1"
    )
    assert values == [(1, 4), (2, 5), "x", 3]


def test_a_table_takes_one_kind_of_write_until_all_are_sent() -> None:
    other = Write(table="a", one="DELETE FROM a WHERE x = $1")
    late = LateWrites()
    late.add(INSERT, (1, 2))
    assert late.takes(INSERT, (1, 2))
    assert late.takes(UPDATE, ("x", 3))
    assert (late.takes(other, (1,)), bool(late)) == (False, True)

    late.take()

    assert (late.takes(other, (1,)), bool(late)) == (True, False)


def test_a_row_is_changed_once_until_all_are_sent() -> None:
    late = LateWrites()
    late.add(UPDATE, ("x", 3))
    assert late.takes(UPDATE, ("y", 4))
    assert not late.takes(UPDATE, ("y", 3))

    late.take()

    assert late.takes(UPDATE, ("y", 3))


def test_one_that_is_not_written_for_many_goes_alone() -> None:
    late = LateWrites()
    late.add(DELETE, (1,))

    assert not late.takes(DELETE, (2,))
