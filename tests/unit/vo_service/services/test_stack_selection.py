"""How a selection is read, ordered and cut."""

import math
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vo_service.errors import UsageError
from vo_service.release.field import Field
from vo_service.release.spectra_many import RestRows
from vo_service.services.stack_ids import read_ids
from vo_service.services.stack_order import by_column, find_named, project
from vo_service.services.stack_request import Direction, StackRequest, check_request
from vo_service.services.stack_selection import Selection

GREATEST = 2**63 - 1


def select(order, ids=None):
    order = None if order is None else np.array(order, float)
    ids = np.arange(order.size) if ids is None else np.array(ids)
    none = np.zeros(ids.size, np.int64)
    return Selection(ids, RestRows((), none, none), order, None, ())


@given(size=st.integers(1, 400), count=st.integers(1, 30), seed=st.integers(0, 99))
def test_groups_are_equal_none_is_dropped_and_they_follow_the_order(size, count, seed):
    count = min(count, size)
    order = np.random.default_rng(seed).integers(0, 50, size)
    groups = select(order).cut(count, 5)
    sizes = [group.size for group in groups]
    assert len(groups) == count
    assert max(sizes) - min(sizes) <= 1
    assert sorted(np.concatenate(groups)) == list(range(size))
    for lower, upper in pairwise(groups):
        assert order[lower].max() <= order[upper].min()


def test_equal_values_go_by_identifier_however_they_lie():
    groups = select([1, 1, 1, 1], ids=[40, 10, 30, 20]).cut(2, 5)
    assert [group.tolist() for group in groups] == [[1, 3], [0, 2]]


def test_few_spectra_make_fewer_groups_but_not_fewer_than_asked_for():
    assert len(select([3, 1, 2]).cut(None, 5)) == 3
    with pytest.raises(UsageError, match="GROUPS is 4, but only 3 spectra"):
        select([3, 1, 2]).cut(4, 5)


def test_without_an_order_there_is_one_group():
    assert [g.tolist() for g in select(None, ids=[5, 6]).cut(None, 5)] == [[0, 1]]


def test_places_along_a_direction_by_hand():
    direction = Direction("nad", (1.0, 1.0), (4.0, 5.0))
    x, y = np.array([1, 4, 2.5, 1 - 4, 5]), np.array([1, 5, 3, 1 + 3, 2])
    # The line has length 5; (-3, 4) lies across from its start, (5, 2) at (4*3 + 1*4) / 5.
    assert project(direction, x, y) == pytest.approx([0, 5, 2.5, 0, 3.2])
    assert math.isnan(project(direction, np.array([np.nan]), np.array([1.0]))[0])


def test_identifiers_are_read_plain_and_as_publisher_did():
    texts = [
        " 12", "ivo://odd.example/spectra?34", "IVO://a.b/x/spectra?1", str(GREATEST),
        str(GREATEST + 1), "1.0", "-5", "", "x", None,
    ]  # fmt: skip
    ids, (left,) = read_ids(pa.array(texts))
    assert ids.to_pylist() == [12, 34, None, GREATEST, *[None] * 6]
    assert left.count == 7
    assert str(left).startswith("rows whose identifier is no obj_id: 7 (IVO://a.b/x/spectra?1, ")


def test_identifiers_of_any_integer_type_are_read_and_of_no_other():
    assert read_ids(pa.array([1, None], pa.int16()))[0].to_pylist() == [1, None]
    assert read_ids(pa.chunked_array([[1], [2]]))[0].to_pylist() == [1, 2]
    with pytest.raises(UsageError, match="no whole numbers"):
        read_ids(pa.array([1.0]))


@pytest.mark.parametrize(
    "field",
    [
        Field("t", "char", arraysize="*"),
        Field("flag", "boolean"),
        Field("pair", "double", arraysize="2"),
    ],
)
def test_only_numbers_order(field):
    with pytest.raises(UsageError, match="holds no numbers"):
        by_column(field)


def test_a_column_is_found_by_its_exact_name_first():
    fields = [Field("Z", "double"), Field("z", "float")]
    assert find_named(fields, "z") is fields[1]
    assert find_named(fields[:1], "z") is fields[0]
    assert find_named(fields, "q") is None


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "Nothing is selected"),
        ({"ids": ("1",), "query": "SELECT"}, "in one way"),
        ({"uploads": {"a": b"", "b": b""}}, "several tables"),
        ({"ids": ("1",), "norm": "max"}, "NORM 'max'"),
        ({"ids": ("1",), "groups": 2}, "without an order"),
        ({"ids": ("1",), "order": "z", "groups": 0}, "between 1 and"),
        (
            {"ids": ("1",), "order": "z", "direction": Direction("m", (0, 0), (1, 1))},
            "ORDER is given beside MAP",
        ),
        ({"ids": ("1",), "direction": Direction("m", (2, 3), (2, 3))}, "the same place"),
        ({"ids": ("1",), "direction": Direction("m", (2, 3), (2, math.inf))}, "finite"),
    ],
)
def test_what_no_release_could_answer_is_refused(asked, said):
    with pytest.raises(UsageError, match=said):
        check_request(StackRequest(**asked))
