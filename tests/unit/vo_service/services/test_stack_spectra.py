"""Stacks do not depend on how much of them is in memory at once."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from astropy.io.votable import parse

from tests.support.grid_release import NAD, make_grid_release
from vo_service.errors import NotFoundError, QueryStoppedError, UsageError
from vo_service.query.duck import DuckSettings
from vo_service.services import stack_spectra as verb
from vo_service.services.holdings import Holdings
from vo_service.services.sources import DirectorySource
from vo_service.services.stack_request import StackRequest
from vo_service.settings import Settings

COUNT = 60
RANDOM = np.random.default_rng(8)
FLUX = RANDOM.normal(4, 1, (COUNT, 3349)).astype(np.float32)
IVAR = np.where(RANDOM.random(FLUX.shape) < 0.1, 0, RANDOM.uniform(1, 9, FLUX.shape))
IVAR = IVAR.astype(np.float32)
FLUX[7] = -FLUX[7]
IVAR[11, NAD] = 0
Z = RANDOM.random(COUNT).round(1)
IDS = RANDOM.permutation(COUNT) + 1000


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    root = tmp_path_factory.mktemp("random") / "release"

    def spectra(start: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
        return FLUX[start:stop], IVAR[start:stop]

    make_grid_release(root, {"obj_id": IDS, "z": Z}, spectra, shard_rows=7)
    return Settings(root, root / "state")


@pytest.fixture(scope="module")
def holding(settings: Settings, tmp_path_factory):
    engine = DuckSettings("500MB", 1, Path(tmp_path_factory.mktemp("spill")))
    holdings = Holdings(DirectorySource(settings.root, engine), settings.authority)
    yield holdings.acquire()
    holdings.close()


ALL = "SELECT obj_id FROM oddsky.objects"


def rows(holding, settings, **asked) -> np.ndarray:
    """Return the columns of numbers, shape (n_row, 9); what is null is NaN."""
    request = StackRequest(query=ALL, order="z", response_format="csv", **asked)
    made = verb.stack_spectra(request, holding, settings)
    text = b"".join(made.answer.chunks).decode().splitlines()
    return np.array([[float(c or "nan") for c in row[1:]] for row in csv.reader(text[1:])])


@pytest.mark.parametrize("region", ["nad", "whole"])
@pytest.mark.parametrize("norm", ["region", "none", "whole"])
def test_pixels_in_many_small_blocks_are_those_of_one_large_block(
    holding, settings, monkeypatch, region, norm
):
    asked = {"groups": 3, "regions": (region,), "norm": norm}
    whole = rows(holding, settings, **asked)
    monkeypatch.setattr(verb, "BLOCK_BYTES", 5000)
    pieces = rows(holding, settings, **asked)
    assert np.allclose(pieces, whole, rtol=1e-12, equal_nan=True)
    exact = [0, 1, 2, 5, 6, 7, 8]
    assert np.array_equal(pieces[:, exact], whole[:, exact], equal_nan=True)


def test_counts_are_conserved_over_the_groups(holding, settings):
    for norm, gone in (("none", []), ("region", [7, 11])):
        found = rows(holding, settings, groups=7, regions=("nad",), norm=norm)
        counts = found[:, -1].reshape(7, -1).sum(axis=0)
        kept = np.delete(np.arange(COUNT), gone)
        assert np.array_equal(counts, (IVAR[kept, NAD] > 0).sum(axis=0))


def test_spectra_that_cannot_be_divided_are_told_and_leave_the_groups_as_they_are(
    holding, settings
):
    request = StackRequest(
        query=ALL, order="z", groups=4, regions=("nad",),
        response_format="votable/td",
    )  # fmt: skip
    made = verb.stack_spectra(request, holding, settings)
    body = io.BytesIO(b"".join(made.answer.chunks))
    params = {param.name: param.value for param in parse(body).get_first_table().params}
    (left,) = made.left_out
    assert left.count == 2
    assert set(left.examples) == {str(IDS[7]), str(IDS[11])}
    assert params["group_size"].tolist() == [15] * 4
    parts = np.array_split(np.lexsort((IDS, Z)), 4)
    expected = [15 - np.isin([7, 11], part).sum() for part in parts]
    assert params["n_stacked_nad"].tolist() == expected


def test_it_stops_when_its_client_leaves(holding, settings):
    request = StackRequest(query=ALL, order="z", groups=3)
    for early in (True, False):
        made = verb.stack_spectra(request, holding, settings)
        if early:
            made.answer.close()
            with pytest.raises(QueryStoppedError):
                next(made.answer.chunks)
            continue
        next(made.answer.chunks)
        made.answer.close()
        assert b"The query was stopped." in b"".join(made.answer.chunks)


def test_it_ends_after_its_time(holding, settings):
    request = StackRequest(query=ALL)
    with pytest.raises(UsageError, match="took longer than 1e-09 s"):
        next(
            verb.stack_spectra(
                request, holding, replace(settings, query_seconds=1e-9)
            ).answer.chunks
        )


def test_a_release_without_spectra_has_no_stacks(holding, settings):
    with pytest.raises(NotFoundError, match="no spectra to stack"):
        verb.stack_spectra(StackRequest(ids=("1",)), replace(holding, stores=()), settings)
