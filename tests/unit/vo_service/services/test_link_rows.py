"""Links are whole columns, and come out one identifier after the other."""

import numpy as np
import pyarrow as pa

from vo_service.services.link_kinds import LinkKind
from vo_service.services.link_rows import (
    SCHEMA,
    error_rows,
    fill_urls,
    gather_rows,
    link_rows,
    repeat_rows,
)

PAGE = LinkKind("page", "#documentation", "A page", "{base}/x?ID={id}&at={ra}+1", "text/html")
VALUES = {
    "base": pa.array(["http://o"] * 3),
    "id": pa.array(["7", "8", "9"]),
    "ra": pa.array(["1.5", None, "-3"]),
}


def test_a_link_of_which_something_is_not_known_is_none():
    assert fill_urls(PAGE.url, VALUES).to_pylist() == [
        "http://o/x?ID=7&at=1.5+1", None, "http://o/x?ID=9&at=-3+1",
    ]  # fmt: skip
    rows = link_rows(PAGE, np.array([0, 1, 3]), VALUES)
    assert rows["place"].to_pylist() == [0, 3]
    assert set(rows["semantics"].to_pylist()) == {"#documentation"}


def test_rows_stand_together_in_the_order_of_their_identifiers():
    tables = [
        link_rows(PAGE, np.array([0, 1, 3]), VALUES),
        repeat_rows(np.array([3, 0, 3]), np.array([4, 5, 6]), "http://o"),
        error_rows(np.array([1, 2]), ["UsageFault: b", "NotFoundFault: c"]),
    ]
    rows = gather_rows(["a", "b", "c", "d"], tables, 100)
    assert rows.schema.equals(SCHEMA)
    assert rows["ID"].to_pylist() == ["a", "a", "b", "c", "d", "d", "d"]
    assert rows["local_semantics"].to_pylist() == [
        "page", "repeat", None, None, "page", "repeat", "repeat",
    ]  # fmt: skip
    assert rows["access_url"].to_pylist()[5].startswith("http://o/spectra/4?")
    assert rows["error_message"].to_pylist()[2:4] == ["UsageFault: b", "NotFoundFault: c"]


def test_what_does_not_fit_is_left_out_with_all_behind_it():
    tables = [error_rows(np.array([0, 0, 1, 2]), ["x"] * 4)]
    for most, left in ((4, 4), (3, 3), (2, 2), (1, 0), (0, 0)):
        assert len(gather_rows(["a", "b", "c"], tables, most)) == left


def test_nothing_asked_is_a_table_without_rows():
    empty = np.empty(0, np.int64)
    rows = gather_rows([], [error_rows(empty, []), repeat_rows(empty, empty, "http://o")], 10)
    assert (len(rows), rows.schema.equals(SCHEMA)) == (0, True)
