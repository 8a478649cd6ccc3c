"""The work that is sent to workers: each task reads what it needs from the workspace."""

from dataclasses import fields
from functools import lru_cache
from pathlib import Path

import numpy as np

from ingest.apply import Models, apply_models
from ingest.compare.folds import FITTED_ROWS, FOLDS, find_folds
from ingest.compare.planted import score_fold, score_joint
from ingest.maps.region_map import make_map
from ingest.maps.region_model import RegionPlaces
from ingest.measure.linelist import read_lines
from ingest.measure.measurements import measure
from ingest.models import load_model
from ingest.plan import CONTINUUM, Plan, Reference, fit_all
from ingest.resume import Arrays
from ingest.storage import pack
from ingest.survey import Rows
from ingest.workspace import Workspace

REFERENCE, PLANTED = "reference", "planted"
"""Names under which spectra are gathered."""

UNSEEN, JOINT = -1, -2
"""In place of a fold: by the run's own models, and fitted together."""


def shard_stage(number: int) -> str:
    """Return the stage that keeps what the models say of a shard."""
    return f"shard-{number:05d}"


def map_stage(region: str) -> str:
    """Return the stage that keeps a map."""
    return f"map-{region}"


def plant_stage(fold: int) -> str:
    """Return the stage that keeps the scores of altered copies."""
    return "planted-" + {UNSEEN: "unseen", JOINT: "joint"}.get(fold, str(fold))


def fit_model(workspace: Workspace, plan: Plan, name: str) -> Arrays:
    """Fit one model to the reference."""
    known = {}
    if name not in plan.first:
        sample = f"sample-{plan.detector(name).kind}"
        known = {sample: load_model(workspace, sample)}
    return pack(plan.fit(name, _load_spectra(workspace, REFERENCE), known))


def judge_shard(workspace: Workspace, plan: Plan, number: int) -> Arrays:
    """Put the spectra of a shard to all models, and measure them."""
    rows = Rows.load(workspace).of_shard(number)
    flux, ivar = workspace.read_shard(number)
    models = _load_models(workspace.folder, (*plan.first, *plan.second, *plan.controls))
    results = apply_models(plan, models, flux, ivar, rows.ids, rows.sources)
    return results | _measure(models, flux, ivar, rows.z)


def gather_places(workspace: Workspace, rows: Rows, region: str) -> RegionPlaces:
    """Gather where the components of a region put all spectra, in the order of the ids."""
    names = [f"region/{region}/{f.name}" for f in fields(RegionPlaces)]
    places = gather(workspace, rows, names)
    return RegionPlaces(*(places[n] for n in names))


def map_region(workspace: Workspace, plan: Plan, region: str) -> Arrays:
    """Make the map of a region from where its components put all spectra."""
    rows = Rows.load(workspace)
    places, order = gather_places(workspace, rows, region), rows.order
    points = make_map(places, rows.ids[order], rows.sources[order], plan.settings)
    plain = [f.name for f in fields(points) if f.name not in ("quality", "others")]
    arrays = {name: getattr(points, name) for name in plain}
    arrays |= {f"others/{method}": xy for method, xy in points.others.items()}
    names, values = list(points.quality), list(points.quality.values())
    return arrays | {"quality_names": np.array(names), "quality_values": np.array(values, float)}


def plant_fold(workspace: Workspace, plan: Plan, fold: int) -> Arrays:
    """Score altered copies of some spectra by models that never saw their sources.

    Parameters
    ----------
    workspace : Workspace
    plan : Plan
    fold : int
        Fitted anew without it; `UNSEEN` asks the run's own models, `JOINT` fits all together.
    """
    spectra, settings = _load_spectra(workspace, PLANTED), plan.settings
    if fold == JOINT:
        return score_joint(plan, spectra.take(np.arange(min(len(spectra), FITTED_ROWS))))
    if fold == UNSEEN:
        models = _load_models(workspace.folder, (*plan.first, *plan.second, *plan.controls))
        reference = _load_spectra(workspace, REFERENCE)
        return score_fold(plan, models, reference, spectra, settings.planted_copies)
    inside = find_folds(spectra.sources, settings.seed) == fold
    reference = spectra.take(np.flatnonzero(~inside))
    held_out = spectra.take(np.flatnonzero(inside))
    copies = -(-settings.planted_copies // FOLDS)
    return score_fold(plan, fit_all(plan, reference), reference, held_out, copies)


def gather(workspace: Workspace, rows: Rows, names: list[str]) -> Arrays:
    """Lay what the models say of all shards end to end, by name, in the order of the ids."""
    store, order = workspace.stages, rows.order
    parts = [store.read(shard_stage(number), names) for number in range(rows.shards)]
    return {name: np.concatenate([part[name] for part in parts])[order] for name in names}


def _load_spectra(workspace: Workspace, name: str) -> Reference:
    """Return spectra that were gathered; their pixels stay on disk until they are used."""
    return Reference(**workspace.load_spectra(name))


@lru_cache(maxsize=1)
def _load_models(folder: Path, names: tuple[str, ...]) -> Models:
    return {name: load_model(Workspace(folder), name) for name in names}


def _measure(models: Models, flux: np.ndarray, ivar: np.ndarray, z: np.ndarray) -> Arrays:
    lines = tuple(line for line in read_lines() if line.kind == "emission")
    measured = measure(models[CONTINUUM], lines, flux, ivar, z)
    return {
        f"{path}/{f.name}": getattr(whole, f.name)
        for path, whole in (("lines", measured.fits), ("index", measured.indices))
        for f in fields(whole)
        if f.name != "names"
    }
