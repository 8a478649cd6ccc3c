"""Consensus by hand."""

import numpy as np
import pytest

from ingest.compare.consensus import agree, top_length


def test_a_family_has_one_voice():
    ranks = {
        "forest": np.array([1, 4, 2, 3]),
        "w01": np.array([4, 1, 2, 3]),
        "w02": np.array([4, 1, 2, 3]),
        "w03": np.array([4, 1, 2, 3]),
    }
    families = {"forest": "forest", "w01": "windows", "w02": "windows", "w03": "windows"}
    # With a voice for each list the second would win; by family they tie, and rows keep order.
    surprise = -np.log(np.array([[1, 4, 2, 3], [4, 1, 2, 3]]) / 4).mean(axis=0)
    assert surprise[0] == pytest.approx(surprise[1])
    assert agree(ranks, families).rank[0] < agree(ranks, families).rank[1]


def test_the_best_list_is_named():
    ranks = {"a": np.array([3, 1, 0]), "b": np.array([2, 3, 0])}
    found = agree(ranks, {"a": "x", "b": "y"})
    assert found.best_rank.tolist() == [2, 1, 0]
    assert found.best_list == ["b", "a", ""]


def test_unknown_everywhere_has_no_rank():
    found = agree({"a": np.array([1, 0])}, {"a": "x"})
    assert found.rank.tolist() == [1, 0]
    assert found.n_lists.tolist() == [1, 0]


def test_a_list_that_cannot_say_does_not_count_against():
    ranks = {"a": np.array([1, 2, 3, 4]), "b": np.array([0, 1, 2, 3])}
    assert agree(ranks, {"a": "x", "b": "y"}).rank[0] == 1


@pytest.mark.parametrize(("n", "length"), [(100, 10), (2000, 10), (6000, 20), (150_000, 500)])
def test_top_lists_of_the_papers_length(n, length):
    assert top_length(n) == length
