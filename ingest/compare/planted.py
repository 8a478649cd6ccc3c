"""What detectors find of oddities that are planted into the survey's own spectra.

Altered copies and unaltered spectra are scored by models that saw neither them, nor their parents,
nor repeats of these. A small survey is fitted anew without some of its sources, fold by fold; in a
large one most spectra were never seen, and the run's own models are asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from ingest.anomaly.knn import FittedNeighbours
from ingest.anomaly.pca_chi2 import WindowResults, combine_windows
from ingest.apply import Models, apply_models
from ingest.compare.alter import ALTERATIONS, Parent, alter, can_be_parent
from ingest.maps.region_model import place_in_region
from ingest.plan import Plan, Reference, fit_all
from ingest.resume import Arrays

CHUNK = 1000
ROWS_PER_COPY = 200
"""Spectra for each copy that is fitted together with them: half a percent."""


@dataclass(frozen=True, slots=True)
class Copies:
    """Altered copies.

    Attributes
    ----------
    flux, ivar : float32, shape (n_copies, n_grid)
    kind : str array, shape (n_copies,)
    amplitude : float64, shape (n_copies,)
    parent : int64, shape (n_copies,)
        Row of the parent.
    """

    flux: np.ndarray
    ivar: np.ndarray
    kind: np.ndarray
    amplitude: np.ndarray
    parent: np.ndarray


def make_copies(spectra: Reference, turns: Sequence[tuple[str, float]], seed: int) -> Copies:
    """Alter some spectra, one for each turn.

    Parameters
    ----------
    spectra : Reference
    turns : sequence of (kind, amplitude)
    seed : int
    """
    random = np.random.default_rng(seed)
    able = np.flatnonzero(can_be_parent(spectra.flux, spectra.ivar))
    shape = (len(turns), spectra.flux.shape[1])
    flux, ivar = np.empty(shape, np.float32), np.empty(shape, np.float32)
    parents, others = (random.choice(able, len(turns), replace=True) for _ in range(2))
    for i, (kind, amplitude) in enumerate(turns):
        a, b = parents[i], others[i]
        parent = Parent(
            spectra.flux[a].astype(float), spectra.ivar[a].astype(float), float(spectra.z[a]),
            spectra.flux[b].astype(float), spectra.ivar[b].astype(float),
        )  # fmt: skip
        flux[i], ivar[i] = alter(parent, kind, amplitude, random)
    kinds, amplitudes = zip(*turns, strict=True) if turns else ((), ())
    return Copies(flux, ivar, np.array(kinds, "U32"), np.array(amplitudes, float), parents)


def list_turns(copies: int) -> list[tuple[str, float]]:
    """Return kind and amplitude of so many copies of each."""
    return [
        (kind, amplitude)
        for _ in range(copies)
        for kind, alteration in ALTERATIONS.items()
        for amplitude in alteration.amplitudes
    ]


def score_lists(
    plan: Plan, models: Models, reaches: dict[str, FittedNeighbours], spectra: Reference
) -> dict[str, np.ndarray]:
    """Score spectra by every list: detectors, windows, and both oddnesses of the regions.

    Parameters
    ----------
    plan : Plan
    models : mapping
    reaches : dict
        By region, the places of the reference.
    spectra : Reference

    Returns
    -------
    dict of float64, shape (n,)
        `<detector>`, `window:<name>`, `far:<region>`, `resid:<region>`.
    """
    found = apply_models(plan, models, spectra.flux, spectra.ivar, spectra.ids, spectra.sources)
    windows = WindowResults(**_below(found, "window"))
    lists = combine_windows(windows) | _below(found, "detector")
    for i, window in enumerate(plan.windows):
        lists[f"window:{window.name}"] = windows.score[:, i].astype(float)
    for region in plan.regions:
        places = _below(found, f"region/{region.name}")
        lists[f"resid:{region.name}"] = places["resid"].astype(float)
        lists[f"far:{region.name}"] = reaches[region.name].reach(
            places["components"], spectra.sources
        )
    return lists


def find_reaches(plan: Plan, models: Models, reference: Reference) -> dict[str, FittedNeighbours]:
    """Return by region the places of a reference, to which distances are measured."""
    reaches = {}
    for region in plan.regions:
        model = models[f"region-{region.name}"]
        parts = [
            place_in_region(model, reference.flux[part], reference.ivar[part]).components
            for part in np.array_split(np.arange(len(reference)), len(reference) // CHUNK + 1)
        ]
        places = np.concatenate(parts)
        known = np.isfinite(places).all(axis=1)
        reaches[region.name] = FittedNeighbours(
            region.name, plan.settings.neighbours, places[known], reference.sources[known]
        )
    return reaches


def score_fold(
    plan: Plan, models: Models, reference: Reference, held_out: Reference, copies: int
) -> Arrays:
    """Score held-out spectra and altered copies of them.

    Parameters
    ----------
    plan : Plan
    models : mapping
        Fitted to `reference`.
    reference, held_out : Reference
        Of different sources.
    copies : int
        Of each kind and amplitude.

    Returns
    -------
    dict
        `plain/<list>` float64 (n_held_out,), `copy/<list>` float64 (n_copies,), and `kind`,
        `amplitude` and `parent` (row among the held out) of the copies.
    """
    reaches = find_reaches(plan, models, reference)
    made = make_copies(held_out, list_turns(copies), plan.settings.seed)
    sources = held_out.sources[made.parent]
    unknown = np.full(made.kind.size, -1)
    altered = Reference(unknown, sources, held_out.z[made.parent], made.flux, made.ivar)
    plain = score_lists(plan, models, reaches, held_out)
    found = score_lists(plan, models, reaches, altered)
    return _describe(plain, found, made)


def score_joint(plan: Plan, spectra: Reference) -> Arrays:
    """Score altered copies that are fitted together with the survey, as they would be in it.

    Parameters
    ----------
    plan : Plan
    spectra : Reference
        One copy is added for each 200.

    Returns
    -------
    dict
        As `score_fold` gives.
    """
    turns = list_plainest(len(spectra) // ROWS_PER_COPY)
    made = make_copies(spectra, turns, plan.settings.seed)
    alone = np.iinfo(np.int64).max - np.arange(made.kind.size)[::-1]  # ids and sources of their own
    copies = Reference(alone, alone, spectra.z[made.parent], made.flux, made.ivar)
    both = Reference(
        *(np.concatenate([getattr(part, f.name) for part in (spectra, copies)])
          for f in fields(Reference))
    )  # fmt: skip
    models = fit_all(plan, both)
    reaches = find_reaches(plan, models, both)
    plain = score_lists(plan, models, reaches, spectra)
    found = score_lists(plan, models, reaches, copies)
    return _describe(plain, found, made)


def list_plainest(count: int) -> list[tuple[str, float]]:
    """Return so many turns, the kinds one after the other at their plainest."""
    kinds = [(kind, max(alteration.amplitudes)) for kind, alteration in ALTERATIONS.items()]
    return [kinds[i % len(kinds)] for i in range(count)]


def _describe(plain: Arrays, found: Arrays, made: Copies) -> Arrays:
    return (
        {f"plain/{name}": values for name, values in plain.items()}
        | {f"copy/{name}": values for name, values in found.items()}
        | {"kind": made.kind, "amplitude": made.amplitude, "parent": made.parent}
    )


def _below(arrays: Arrays, path: str) -> Arrays:
    """Return the arrays below a path, by the rest of their names."""
    start = f"{path}/"
    return {name[len(start) :]: a for name, a in arrays.items() if name.startswith(start)}
