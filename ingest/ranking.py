"""Every list of a run: who is strangest by each detector, in each region, and by all together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ingest.anomaly.base import Detector
from ingest.anomaly.catalogue import DESCRIPTIONS, HEADLINE, is_foreign
from ingest.anomaly.detectors import describe
from ingest.anomaly.pca_chi2 import combine_windows
from ingest.compare.consensus import Consensus, agree
from ingest.maps.region_map import rank_oddness, rank_scores
from ingest.results import Results

Ranks = Mapping[str, np.ndarray]


@dataclass(frozen=True, slots=True)
class Ranking:
    """Every list of a run; 1 is strangest, 0 for none.

    Attributes
    ----------
    scores : dict of float64, shape (n,)
        By detector.
    ranks : dict of int32, shape (n,)
        By detector.
    windows : int32, shape (n, n_windows)
    oddness : dict of three int32 arrays, shape (n,)
        By region: rank, far_rank, resid_rank.
    consensus : Consensus
    """

    scores: dict[str, np.ndarray]
    ranks: dict[str, np.ndarray]
    windows: np.ndarray
    oddness: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]
    consensus: Consensus


def rank_all(results: Results, detectors: Sequence[Detector]) -> Ranking:
    """Rank spectra by every detector and region, and by all together."""
    scores = combine_windows(results.windows) | results.scores
    ranks = {name: rank_scores(score) for name, score in scores.items()}
    windows = np.stack([rank_scores(column) for column in results.windows.score.T], axis=1)
    oddness = {name: rank_oddness(m.far, m.resid) for name, m in results.maps.items()}
    heard, families = choose_heard(ranks, {n: r[0] for n, r in oddness.items()}, detectors)
    return Ranking(scores, ranks, windows, oddness, agree(heard, families))


def choose_heard(
    ranks: Ranks, oddness: Ranks, detectors: Sequence[Detector]
) -> tuple[Ranks, dict[str, str]]:
    """Return the lists that the consensus hears, and their families; variants have no voice."""
    foreign = [d for detector in detectors for d in describe(detector) if is_foreign(d)]
    families = {d.detector: d.family for d in (*HEADLINE, *foreign)}
    families |= dict.fromkeys(oddness, "map")
    lists = {**ranks, **oddness}
    return {name: lists[name] for name in families}, families


def find_families(detectors: Sequence[Detector]) -> dict[str, str]:
    """Return the family of every detector, variants too."""
    own = [d for d in DESCRIPTIONS if d.family == "reconstruction"]
    others = [d for detector in detectors for d in describe(detector)]
    return {d.detector: d.family for d in (*own, *others)}
