"""The ranks that new spectra take among the known ones, which keep theirs."""

from collections.abc import Sequence

import numpy as np

from ingest.add.known import Known
from ingest.anomaly.base import Detector
from ingest.anomaly.pca_chi2 import combine_windows
from ingest.compare.consensus import agree
from ingest.maps.known import KnownRegion
from ingest.maps.region_map import rank_among, rank_oddness, rank_scores
from ingest.ranking import Ranking, choose_heard
from ingest.results import Results


def rank_new(results: Results, detectors: Sequence[Detector], known: Known) -> Ranking:
    """Rank new spectra, each for itself, by the scores of the known ones.

    Parameters
    ----------
    results : Results
        Of the new spectra.
    detectors : sequence of Detector
    known : Known

    Returns
    -------
    Ranking
        The rank that each would take; several may take one.
    """
    scores = combine_windows(results.windows) | results.scores
    ranks = {name: rank_among(known.scores[name], score) for name, score in scores.items()}
    windows = [
        rank_among(theirs, new)
        for theirs, new in zip(known.windows.T, results.windows.score.T, strict=True)
    ]
    maps = results.maps
    oddness = {n: _rank_oddness(maps[n].far, maps[n].resid, k) for n, k in known.regions.items()}
    heard, families = choose_heard(ranks, {n: r[0] for n, r in oddness.items()}, detectors)
    theirs, _ = choose_heard(
        {name: rank_scores(score) for name, score in known.scores.items()},
        {name: rank_oddness(region.far, region.resid)[0] for name, region in known.regions.items()},
        detectors,
    )
    consensus = agree(heard, families, theirs)
    return Ranking(scores, ranks, np.stack(windows, axis=1), oddness, consensus)


def count_beyond(results: Results, known: Known) -> np.ndarray:
    """Count the regions in which a new spectrum is stranger than any of the known ones.

    Returns
    -------
    int32, shape (n_spec,)
        Farther from all of them than any is from the others, or off the plane by more.
    """
    beyond = [
        (results.maps[name].far > _greatest(region.far))
        | (results.maps[name].resid > _greatest(region.resid))
        for name, region in known.regions.items()
    ]
    return np.stack(beyond).sum(axis=0, dtype=np.int32)


def _rank_oddness(
    far: np.ndarray, resid: np.ndarray, known: KnownRegion
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rank by the smaller of the two ranks, as `rank_oddness` does among the known."""
    far_rank, resid_rank = rank_among(known.far, far), rank_among(known.resid, resid)
    _, known_far, known_resid = rank_oddness(known.far, known.resid)
    theirs, own = _strangeness(known_far, known_resid), _strangeness(far_rank, resid_rank)
    return rank_among(theirs, own), far_rank, resid_rank


def _strangeness(far_rank: np.ndarray, resid_rank: np.ndarray) -> np.ndarray:
    """Return a number that falls with the better rank, then with the worse; NaN for none."""
    best, worse = np.minimum(far_rank, resid_rank), np.maximum(far_rank, resid_rank)
    return np.where(far_rank > 0, -(best * 2.0**32 + worse), np.nan)


def _greatest(values: np.ndarray) -> float:
    return float(np.fmax.reduce(values, initial=-np.inf))
