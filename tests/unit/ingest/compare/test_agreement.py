"""Agreement of lists by hand."""

import numpy as np
import pytest

from ingest.compare.agreement import compare_lists, list_lengths

N = 1000
FAMILIES = {"a": "x", "b": "x", "c": "y"}


def _lists(rng: np.random.Generator) -> dict[str, np.ndarray]:
    return {name: (rng.permutation(N) + 1).astype(np.int32) for name in FAMILIES}


@pytest.mark.parametrize("n", [5, 9, 10, 300, 688, 2000, 150_000, 30_000_000])
def test_lengths_hold_the_top_list_and_end_at_one_in_twenty(n):
    lengths = list_lengths(n)
    assert lengths == sorted(set(lengths))
    assert all(10 <= g <= max(n / 20, 10) for g in lengths)
    assert (max(10, n // 300) in lengths) == (n >= 10)


def test_overlaps_are_those_of_sets():
    ranks = _lists(np.random.default_rng(1))
    found = compare_lists(ranks, FAMILIES, {})
    for i in range(found.length.size):
        g = found.length[i]
        first, second = (
            set(np.flatnonzero(ranks[name] <= g)) for name in (found.first[i], found.second[i])
        )
        assert found.overlap[i] == len(first & second)
        assert found.chance[i] == g * g / N


def test_pairs_are_told_by_how_they_are_related():
    rng = np.random.default_rng(2)
    ranks = _lists(rng)
    found = compare_lists(ranks, FAMILIES, {"c": ranks["c"]})
    once = found.length == 10
    pairs = [
        (a, b, relation, k)
        for a, b, relation, k, at in zip(
            found.first, found.second, found.relation, found.overlap, once, strict=True
        )
        if at
    ]
    assert [p[:3] for p in pairs] == [
        ("a", "b", "variant"),
        ("a", "c", "method"),
        ("b", "c", "method"),
        ("c", "c", "seed"),
    ]
    assert pairs[-1][3] == 10


def test_where_a_list_cannot_say_nothing_is_shared():
    silent = np.zeros(N, np.int32)
    found = compare_lists({"a": silent, "c": np.arange(1, N + 1)}, FAMILIES, {})
    assert not found.overlap.any()
    assert np.isnan(found.population.hi).all()


def test_the_order_of_rows_changes_nothing():
    rng = np.random.default_rng(3)
    ranks, order = _lists(rng), rng.permutation(N)
    found = compare_lists(ranks, FAMILIES, {})
    turned = compare_lists({n: r[order] for n, r in ranks.items()}, FAMILIES, {})
    np.testing.assert_array_equal(found.overlap, turned.overlap)


def test_no_lists_agree_on_nothing():
    assert compare_lists({}, {}, {}).length.size == 0
    few = {"a": np.arange(1, 6), "c": np.arange(1, 6)}
    assert compare_lists(few, FAMILIES, {}).length.size == 0
