"""Samples of smooth spectra with two dimensions and noise, in which the oddest is known."""

import numpy as np

from ingest.anomaly.base import Detector, Sample
from ingest.anomaly.sample import fit_sample, take_sample
from ingest.subspaces import GRID

ODD = 7


def make_grid(count: int, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Make flux and ivar on the whole grid; row `ODD` waves as no other does."""
    random = np.random.default_rng(seed)
    x = np.linspace(-1, 1, GRID.pixels)
    a, b = random.normal(0, 0.2, (2, count, 1))
    flux = 10 * (1 + a * np.sin(60 * x) + b * np.cos(60 * x))
    flux[ODD] += 8 * np.sin(90 * x)
    flux += random.standard_normal(flux.shape)
    return flux.astype("f4"), np.ones(flux.shape, "f4")


def make_sample(count: int, kind: str = "divided") -> tuple[Sample, np.ndarray]:
    """Make a sample that is its own reference; ids are increasing, so its rows are the grid's."""
    rows = np.arange(count)
    return gather_sample(*make_grid(count), rows * 10, rows, kind, 6)


def gather_sample(flux, ivar, ids, sources, kind, components) -> tuple[Sample, np.ndarray]:
    """Make of spectra a sample that is its own reference."""
    order = np.argsort(ids)
    model = fit_sample(flux[order], ivar[order], ids[order], kind, components)
    sample, rows = take_sample(model, flux[order], ivar[order], ids[order], sources[order])
    return sample, order[rows]


def score(detector: Detector, sample: Sample, seed: int = 1) -> np.ndarray:
    """Fit a detector to a sample and return the first of its answers on the same."""
    return detector.fit(sample, seed).score(sample)[0].score
