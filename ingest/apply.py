"""All models put to some spectra: each spectrum for itself, so that shards can go anywhere."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from ingest.anomaly.base import Kind, Sample
from ingest.anomaly.pca_chi2 import judge_windows
from ingest.anomaly.sample import take_sample
from ingest.maps.region_model import place_in_region
from ingest.plan import KINDS, Plan
from ingest.resume import Arrays

Models = Mapping[str, Any]
"""Fitted models by name, as in `Plan`."""


def apply_models(
    plan: Plan,
    models: Models,
    flux: np.ndarray,
    ivar: np.ndarray,
    ids: np.ndarray,
    sources: np.ndarray,
) -> Arrays:
    """Put spectra into every region, window and detector.

    Parameters
    ----------
    plan : Plan
    models : mapping
    flux, ivar : float32, shape (n_spec, n_grid)
    ids, sources : int64, shape (n_spec,)

    Returns
    -------
    dict
        By path: `region/<name>/<field of RegionPlaces>`, `window/<field of WindowResults>`,
        `detector/<name>` float64 (n_spec,), `control/<name>` under another seed.
    """
    results: Arrays = {}
    for region in plan.regions:
        places = place_in_region(models[f"region-{region.name}"], flux, ivar)
        results |= _named(f"region/{region.name}", places)
    windows = [models[f"window-{window.name}"] for window in plan.windows]
    results |= _named("window", judge_windows(windows, flux, ivar))
    for kind in KINDS:
        results |= _score_kind(plan, models, kind, flux, ivar, ids, sources)
    return results


def _score_kind(
    plan: Plan,
    models: Models,
    kind: Kind,
    flux: np.ndarray,
    ivar: np.ndarray,
    ids: np.ndarray,
    sources: np.ndarray,
) -> Arrays:
    sample, rows = take_sample(models[f"sample-{kind}"], flux, ivar, ids, sources)
    results: Arrays = {}
    for name in (*plan.second, *plan.controls):
        if name in models and plan.detector(name).kind == kind:
            place, names = name.partition("-")[0], plan.detector(name).names
            results |= _score(models[name], names, place, sample, rows, len(ids))
    return results


def _score(
    fitted: Any, names: Sequence[str], place: str, sample: Sample, rows: np.ndarray, count: int
) -> Arrays:
    """Score a sample and put it back to its rows; NaN elsewhere."""
    results: Arrays = {f"{place}/{name}": np.full(count, np.nan) for name in names}
    if len(rows):
        for answer in fitted.score(sample):
            results[f"{place}/{answer.detector}"][rows] = answer.score
    return results


def _named(path: str, results: Any) -> Arrays:
    return {f"{path}/{f.name}": getattr(results, f.name) for f in fields(results)}
