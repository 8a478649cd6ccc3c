"""Which spectra are of the same source."""

import numpy as np
import pyarrow as pa
import pytest

from vo_service.errors import UsageError
from vo_service.services.find_links import choose_format
from vo_service.services.link_facts import find_repeats

NONE = None


def pairs(asked: list[int], sources: list[int | None], ids: list[int]) -> list[tuple[int, int]]:
    rows = pa.table({"id": pa.array(ids, pa.int64()), "source": pa.array(sources, pa.int64())})
    known = dict(zip(ids, sources, strict=True))
    own = pa.table({"source": pa.array([known.get(i) for i in asked], pa.int64())})
    repeated, repeats = find_repeats(np.array(asked, np.int64), own, rows)
    return list(zip(repeated.tolist(), repeats.tolist(), strict=True))


def test_every_other_spectrum_of_the_source_is_one():
    assert pairs([2], [7, 7, 8, 7], [1, 2, 3, 4]) == [(0, 1), (0, 4)]


def test_an_identifier_asked_twice_has_them_twice():
    assert pairs([2, 3, 2], [7, 7, 8], [1, 2, 3]) == [(0, 1), (2, 1)]


@pytest.mark.parametrize("sources", [[NONE, NONE], [1, 2]])
def test_without_a_source_or_alone_there_is_none(sources):
    assert pairs([1, 2], sources, [1, 2]) == []


def test_nothing_asked_has_none():
    assert pairs([], [], []) == []
    assert pairs([], [7], [1]) == []


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        (None, "votable/td"),
        ("", "votable/td"),
        ("VOTABLE", "votable/td"),
        ("application/x-votable+xml ; content=datalink", "votable/td"),
        ("application/x-votable+xml;serialization=BINARY2", "votable/b2"),
        ("text/csv", "csv"),
    ],
)
def test_links_are_tabledata_unless_another_format_is_named(wanted, name):
    assert choose_format(wanted).name == name


def test_an_unknown_format_is_refused():
    with pytest.raises(UsageError, match="'docx' is not offered"):
        choose_format("docx")
