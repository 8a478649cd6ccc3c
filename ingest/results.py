"""What the stages found, gathered from disk."""

from dataclasses import dataclass, fields

import numpy as np

from ingest.anomaly.pca_chi2 import WindowResults
from ingest.batches import MapPoints
from ingest.compare.folds import FOLDS
from ingest.compare.recall import Recall, measure_recall, pool
from ingest.measure.indices import Indices
from ingest.measure.linelist import read_lines
from ingest.measure.lines import LineFits
from ingest.plan import Plan
from ingest.resume import Arrays
from ingest.survey import Rows
from ingest.tasks import JOINT, UNSEEN, gather, map_stage, plant_stage
from ingest.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Results:
    """All that the stages found; scores by published name, float64, shape (n_spec,).

    `controls` are the scores of the same detectors under another seed, `recalls` what each list
    finds of planted oddities.
    """

    maps: dict[str, MapPoints]
    windows: WindowResults
    scores: dict[str, np.ndarray]
    controls: dict[str, np.ndarray]
    fits: LineFits
    indices: Indices
    recalls: tuple[Recall, ...]


def load_results(workspace: Workspace, plan: Plan) -> Results:
    """Gather the results of a run, its spectra in the order of their ids."""
    maps = {r.name: _load_points(workspace, r.name) for r in plan.regions}
    return gather_results(workspace, plan, maps)


def gather_results(workspace: Workspace, plan: Plan, maps: dict[str, MapPoints]) -> Results:
    """Gather what the models say of each spectrum, beside maps that are made already."""
    rows = Rows.load(workspace)
    scored = [n for d in plan.detectors for n in d.names]
    again = [n for d in plan.detectors if d.is_random and plan.controlled for n in d.names]
    return Results(
        maps=maps,
        windows=WindowResults(**_gather_fields(workspace, rows, "window", WindowResults)),
        scores=_gather_scores(workspace, rows, "detector", scored),
        controls=_gather_scores(workspace, rows, "control", again),
        fits=LineFits(names=_line_names(), **_gather_fields(workspace, rows, "lines", LineFits)),
        indices=Indices(**_gather_fields(workspace, rows, "index", Indices)),
        recalls=_load_recalls(workspace),
    )


def load_planted(workspace: Workspace) -> Arrays | None:
    """Return the scores of altered copies and of unaltered spectra, if anything was planted."""
    stages = [plant_stage(fold) for fold in (UNSEEN, *range(FOLDS))]
    folds = [workspace.stages.load(stage) for stage in stages if workspace.stages.has(stage)]
    return pool(folds) if folds else None


def _load_recalls(workspace: Workspace) -> tuple[Recall, ...]:
    """Measure what the lists find of what was planted, if anything was."""
    planted = load_planted(workspace)
    if planted is None:
        return ()
    return tuple(measure_recall(planted, workspace.stages.load(plant_stage(JOINT))))


def _gather_fields(workspace: Workspace, rows: Rows, path: str, kind: type) -> Arrays:
    names = [f.name for f in fields(kind) if f.name != "names"]
    found = gather(workspace, rows, [f"{path}/{name}" for name in names])
    return {name: found[f"{path}/{name}"] for name in names}


def _gather_scores(workspace: Workspace, rows: Rows, path: str, names: list[str]) -> Arrays:
    found = gather(workspace, rows, [f"{path}/{name}" for name in names])
    return {name: found[f"{path}/{name}"] for name in names}


def _line_names() -> tuple[str, ...]:
    return tuple(line.name for line in read_lines() if line.kind == "emission")


def _load_points(workspace: Workspace, region: str) -> MapPoints:
    arrays = workspace.stages.load(map_stage(region))
    names, values = arrays.pop("quality_names"), arrays.pop("quality_values")
    quality = dict(zip(names.tolist(), values.tolist(), strict=True))
    start = "others/"
    others = {name[len(start) :]: a for name, a in arrays.items() if name.startswith(start)}
    plain = {name: a for name, a in arrays.items() if not name.startswith(start)}
    return MapPoints(**plain, quality=quality, others=others)
