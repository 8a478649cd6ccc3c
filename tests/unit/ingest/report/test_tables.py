"""Planted scores, models of thumbnails, and the tables of a report."""

import numpy as np
import pytest

from ingest.anomaly.pca_chi2 import judge_windows
from ingest.compare.recall import Recall
from ingest.models import load_model
from ingest.report.models import model_spectra
from ingest.report.overlap import Overlaps
from ingest.report.planted import split_scores, tabulate_recall
from ingest.report.tables import count_rejects, sum_costs, tabulate_controls, tabulate_maps
from ingest.report.thumbnails import choose_strangest


def recall(name: str, share: float, listed: float = 0.01) -> Recall:
    shares = ((share, share, share), (share, share, share))
    return Recall(name, "blend", 1.0, 60, shares, (listed, 0.05), 0.9, 0.5, (0.1, 0.2), 3)


def test_only_the_plainest_copies_of_each_kind_are_shown():
    planted = {
        "plain/knn": np.array([1.0, np.nan, 2.0]),
        "copy/knn": np.array([3.0, 4.0, 5.0, np.nan]),
        "kind": np.array(["blend", "blend", "fringing", "fringing"]),
        "amplitude": np.array([0.3, 1.0, 0.12, 0.12]),
    }
    plain, copies = split_scores(planted, "knn")
    assert plain.tolist() == [1.0, 2.0]
    assert copies.tolist() == [4.0, 5.0]


def test_the_best_list_is_a_single_one():
    recalls = [recall("knn", 0.3), recall("window:w03", 0.6), recall("any_window", 0.9, 0.08)]
    assert tabulate_recall(recalls, ["knn", "fisher"]) == [
        ["blend", "1", "60", "0.30", "–", "window:w03", "0.60"]
    ]


def test_the_residual_of_a_thumbnail_is_the_one_its_reason_tells(found):
    rows = np.arange(0, 80, 7)
    models = [load_model(found.workspace, f"window-{w.name}") for w in found.plan.windows]
    flux, ivar = found.read_spectra(rows)
    sigma = model_spectra(models, flux, ivar).sigma
    judged = judge_windows(models, flux, ivar)
    known = judged.peak_pixel >= 0
    row = np.broadcast_to(np.arange(rows.size)[:, None], known.shape)[known]
    shown = sigma[row, judged.peak_pixel[known]]
    assert shown == pytest.approx(judged.peak_sigma[known], rel=1e-5)


def test_a_model_lies_near_its_spectrum_in_the_unit_of_the_survey(found):
    models = [load_model(found.workspace, f"window-{w.name}") for w in found.plan.windows]
    flux, ivar = found.read_spectra(np.arange(10))
    made = model_spectra(models, 1000 * flux, ivar / 1e6)
    ratio = made.model / made.flux
    assert np.nanmedian(ratio) == pytest.approx(1, abs=0.02)


def test_thumbnails_are_the_strangest_of_each_detector_in_another_order(found):
    for name, rows in choose_strangest(found).items():
        ranks = found.ranking.ranks[name][rows]
        assert sorted(ranks.tolist()) == list(range(1, rows.size + 1)), name


def test_costs_are_summed_by_kind():
    costs = {"model-window-w01": (1.0, 90.0), "model-window-w02": (2.5, 80.0), "map-nad": (9.0, 5)}
    assert [(c.kind, c.stages, c.seconds, c.peak_mib) for c in sum_costs(costs)] == [
        ("map", 1, 9.0, 5),
        ("model window", 2, 3.5, 90.0),
    ]


def test_rejects_are_counted_by_reason_whatever_their_numbers(found):
    assert sum(count for _, count in count_rejects(found)) == (found.workspace.rejects().num_rows)


def test_every_map_has_its_figures(found):
    names, lines = tabulate_maps(found)
    assert "trustworthiness" in names
    assert [line[0] for line in lines] == list(found.results.maps)
    assert all(len(line) == len(names) + 1 for line in lines)


def test_a_list_is_held_against_its_own_other_seed():
    shared = np.array([[7, 4], [4, -1]])
    assert tabulate_controls(Overlaps(("fisher", "knn"), 10, shared, 0.1)) == [
        ["fisher", "7", "4", "knn"],
        ["knn", "no chance in it", "4", "fisher"],
    ]
