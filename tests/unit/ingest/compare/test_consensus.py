"""Consensus by hand."""

import numpy as np
import pytest

from ingest.compare.consensus import agree, top_length


def test_a_family_has_one_voice():
    ranks = {
        "forest": np.array([2, 4, 3, 1]),
        "w01": np.array([4, 1, 2, 3]),
        "w02": np.array([4, 1, 2, 3]),
        "w03": np.array([4, 1, 2, 3]),
        "fisher": np.array([1, 4, 2, 3]),
    }
    families = {"forest": "forest", "fisher": "fisher"} | dict.fromkeys(
        ("w01", "w02", "w03"), "windows"
    )
    # With a voice for each list the second would win: three call it the strangest. By family the
    # first does, with a rank of 1 and one of 2.
    assert agree(ranks, families).rank[0] == 1
    assert agree(ranks, {name: name for name in ranks}).rank[1] == 1


def test_a_family_says_what_its_loudest_list_says():
    ranks = {"nad": np.array([1, 3, 2]), "halpha": np.array([3, 2, 1]), "knn": np.array([1, 2, 3])}
    families = {"nad": "map", "halpha": "map", "knn": "neighbours"}
    assert agree(ranks, families).rank.tolist() == [1, 3, 2]


def test_a_local_fault_is_not_outvoted_by_methods_that_cannot_see_it():
    others = np.full(998, 700)
    # The first is the strangest of two families and middling in four, the second 60th in all: the
    # plain mean of -ln(rank / N) would put it first, 2.81 against 2.76.
    seeing, blind = np.concatenate([[1, 60], others]), np.concatenate([[500, 60], others])
    ranks = {"pca": seeing, "map": seeing} | {f"blind{i}": blind for i in range(4)}
    assert agree(ranks, {name: name for name in ranks}).rank[:2].tolist() == [1, 2]


def test_one_voice_alone_is_weaker_than_two():
    ranks = {"a": np.array([1, 2, 3, 4]), "b": np.array([2, 4, 1, 3]), "c": np.array([4, 3, 2, 1])}
    # Rows 0, 2 and 3 lead one list each; 0 and 2 are second in another, 2 is third in the last.
    assert agree(ranks, {name: name for name in ranks}).rank.tolist() == [2, 4, 1, 3]


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
