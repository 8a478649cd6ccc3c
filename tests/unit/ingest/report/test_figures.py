"""The numbers behind the figures of a report."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from ingest.report.found import NothingToDrawError, strangest
from ingest.report.groups import (
    choose_lines,
    draw_groups,
    draw_stacks,
    find_direction,
    find_groups,
    number_groups,
    stack,
)
from ingest.report.isolated import draw_isolated, find_isolated
from ingest.report.maps import DENSE, draw_region_maps, draw_whole_map, list_properties, paint
from ingest.report.overlap import draw_overlaps, measure_overlaps
from ingest.report.style import new_figure
from ingest.subspaces import read_regions


def test_spectra_are_those_of_the_objects_that_were_asked_for(found):
    rows = np.array([61, 2, 33, 2])
    flux, ivar = found.read_spectra(rows)
    count = len(found.workspace.shard_sizes())
    whole = [found.workspace.read_shard(k) for k in range(count)]
    ids = [np.load(found.workspace.spectra / f"{k:05d}" / "obj_id.npy") for k in range(count)]
    by_id = np.concatenate(ids).tolist()
    stored = [by_id.index(i) for i in found.survey.ids[rows].tolist()]
    assert np.array_equal(flux, np.concatenate([f for f, _ in whole])[stored])
    assert np.array_equal(ivar, np.concatenate([i for _, i in whole])[stored])


def test_the_strangest_come_first_and_those_without_a_rank_never():
    assert strangest(np.array([3, 0, 1, 2]), 2).tolist() == [2, 3]
    assert strangest(np.array([0, 0]), 5).tolist() == []


def test_the_direction_is_the_longest_axis():
    random = np.random.default_rng(0)
    along, across = random.normal(0, 10, 500), random.normal(0, 1, 500)
    xy = np.stack([along * 0.6 - across * 0.8, along * 0.8 + across * 0.6], axis=1)
    assert find_direction(xy) == pytest.approx([0.6, 0.8], abs=0.03)


def test_far_islands_do_not_turn_the_direction():
    random = np.random.default_rng(1)
    xy = np.stack([random.uniform(-10, 10, 1000), random.uniform(-1, 1, 1000)], axis=1)
    xy[:4] = [0, 500]
    assert abs(find_direction(xy)[0]) > 0.99


def test_groups_are_equal_ordered_and_hold_all_that_are_on_the_map(found):
    groups = find_groups(found)
    sizes = [members.size for members in groups.members]
    xy = found.results.maps["nad"].xy
    assert max(sizes) - min(sizes) <= 1
    assert sorted(np.concatenate(groups.members)) == list(
        np.flatnonzero(np.isfinite(xy).all(axis=1))
    )
    along = [xy[members] @ groups.direction for members in groups.members]
    assert all(a.max() <= b.min() for a, b in itertools.pairwise(along))
    numbers = number_groups(groups, len(found.survey))
    assert np.array_equal(np.flatnonzero(numbers == 5), np.sort(groups.members[4]))


def test_a_stack_weighs_by_inverse_variance_and_passes_over_gaps():
    flux = np.array([[1, 5, 9], [4, 0, 0]], np.float32)
    ivar = np.array([[3, 4, 0], [1, 0, 0]], np.float32)
    made = stack(flux, ivar)
    assert made.mean[:2] == pytest.approx([1.75, 5])
    assert made.error[:2] == pytest.approx([0.5, 0.5])
    assert np.isnan(made.mean[2])
    assert np.isnan(made.error[2])
    assert made.count == 2


def test_isolated_spectra_are_of_different_islands(found):
    points = found.results.maps["nad"]
    rows = find_isolated(found, "nad")
    assert rows[0] == np.nanargmax(points.isolation)
    apart = np.linalg.norm(points.xy[rows][:, None] - points.xy[rows], axis=2)
    later = np.tril_indices(rows.size, -1)
    assert (apart[later] > points.isolation[rows[later[1]]]).all()


def test_overlaps_are_those_of_sets(found):
    overlaps = measure_overlaps(found)
    tops = {
        name: set(np.flatnonzero((rank > 0) & (rank <= overlaps.length)).tolist())
        for name, rank in found.ranking.ranks.items()
    }
    for i, first in enumerate(overlaps.names):
        for j, second in enumerate(overlaps.names):
            if i != j:
                assert overlaps.shared[i, j] == len(tops[first] & tops[second])
    assert overlaps.chance == pytest.approx(overlaps.length**2 / len(found.survey))


def test_the_control_stands_on_the_diagonal_where_chance_has_a_part(found):
    overlaps = measure_overlaps(found)
    shared = dict(zip(overlaps.names, overlaps.shared.diagonal().tolist(), strict=True))
    again = np.argsort(-found.results.controls["isolation"])[: overlaps.length]
    first = np.flatnonzero(found.ranking.ranks["isolation"] <= overlaps.length)
    assert shared["isolation"] == len(set(again.tolist()) & set(first.tolist()))
    assert shared["pca_mean"] == -1


def test_maps_are_coloured_by_what_is_known(found):
    labels = [entry.label for entry in list_properties(found)]
    assert "redshift" in labels
    assert all(np.isfinite(entry.values).sum() >= 10 for entry in list_properties(found))


def test_a_large_map_is_drawn_in_medians_of_cells():
    random = np.random.default_rng(2)
    xy = random.normal(size=(DENSE, 2)).astype(np.float32)
    drawn = paint(new_figure(4, 4).subplots(), xy, np.full(DENSE, 7.0))
    cells = np.asarray(drawn.get_array())
    assert cells.size < DENSE / 2
    assert (cells == 7.0).all()


def test_headline_lines_are_named_first():
    halpha = next(r for r in read_regions() if r.name == "halpha")
    assert "H-alpha" in {line.label for line in choose_lines(halpha)}


@pytest.mark.parametrize(
    "draw",
    [draw_whole_map, draw_region_maps, draw_isolated, draw_overlaps, draw_groups, draw_stacks],
)
def test_every_panel_says_what_its_axes_are(found, draw):
    figure = draw(found)
    maps = [axes for axes in figure.axes if axes.get_xlabel() == "map x"]
    assert all(axes.get_ylabel() == "map y" for axes in maps)
    assert any(axes.get_xlabel() or axes.get_ylabel() for axes in figure.axes)


def test_a_map_of_nobody_is_said_to_be_empty(found):
    nobody = {
        name: replace(points, xy=np.full_like(points.xy, np.nan))
        for name, points in found.results.maps.items()
    }
    empty = replace(found, results=replace(found.results, maps=nobody))
    with pytest.raises(NothingToDrawError, match="on the map of nad"):
        find_groups(empty)
