"""The stages after reading, each kept on disk when it is done."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cache, partial

import numpy as np

from ingest.anomaly.base import Detector, Sample
from ingest.anomaly.detectors import score_sample
from ingest.anomaly.pca_chi2 import WindowResults, judge_windows
from ingest.anomaly.sample import gather_sample
from ingest.batches import MapPoints
from ingest.maps.region_map import map_region
from ingest.measure.continuum import fit_continua, make_continuum
from ingest.measure.linelist import read_lines
from ingest.measure.lines import LineFits, fit_lines
from ingest.resume import Arrays
from ingest.settings import IngestSettings
from ingest.subspaces import Region, Window
from ingest.survey import Survey
from ingest.workspace import Workspace

WHOLE_GRID = slice(None)
LINE_CHUNK = 250
"""Spectra whose lines are fitted at once: their design matrices fill some 150 MB."""

Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Results:
    """All that the stages found; scores by published name, float64, shape (n_spec,)."""

    maps: dict[str, MapPoints]
    windows: WindowResults
    scores: dict[str, np.ndarray]
    fits: LineFits


def make_maps(
    workspace: Workspace,
    survey: Survey,
    regions: Sequence[Region],
    settings: IngestSettings,
    advance: Advance,
) -> dict[str, MapPoints]:
    """Map every region; each is a stage of its own."""
    maps = {}
    for region in regions:
        make = partial(_map, workspace, survey, region, settings)
        maps[region.name] = _load_points(workspace.stages.make(f"map-{region.name}", make))
        advance(1)
    return maps


def make_windows(
    workspace: Workspace, windows: Sequence[Window], components: int, advance: Advance
) -> WindowResults:
    """Judge all windows."""

    def judge() -> Arrays:
        results = judge_windows(workspace.read_grid, windows, components, advance)
        return {f.name: getattr(results, f.name) for f in fields(results)}

    return WindowResults(**workspace.stages.make("windows", judge))


def make_scores(
    workspace: Workspace,
    survey: Survey,
    detectors: Sequence[Detector],
    settings: IngestSettings,
    advance: Advance,
) -> dict[str, np.ndarray]:
    """Score all spectra by every detector; each is a stage of its own."""
    scores: dict[str, np.ndarray] = {}
    for kind in dict.fromkeys(detector.kind for detector in detectors):
        alike = [detector for detector in detectors if detector.kind == kind]
        scores |= _score_kind(workspace, survey, alike, settings, advance)
    return scores


def make_fits(workspace: Workspace, survey: Survey, advance: Advance) -> LineFits:
    """Fit the emission lines of all spectra."""
    lines = tuple(line for line in read_lines() if line.kind == "emission")

    def fit() -> Arrays:
        model = fit_continua(lambda: workspace.read_grid(WHOLE_GRID))
        parts, start = [], 0
        for flux, ivar in _split(workspace, LINE_CHUNK):
            z = survey.z[start : start + len(flux)]
            parts.append(fit_lines(lines, flux, ivar, make_continuum(model, flux, ivar), z))
            start += len(flux)
            advance(len(flux))
        whole = LineFits.concatenate(parts)
        return {f.name: getattr(whole, f.name) for f in fields(whole) if f.name != "names"}

    return LineFits(tuple(line.name for line in lines), **workspace.stages.make("lines", fit))


def _score_kind(
    workspace: Workspace,
    survey: Survey,
    detectors: Sequence[Detector],
    settings: IngestSettings,
    advance: Advance,
) -> dict[str, np.ndarray]:
    """Score by the detectors of one kind, whose sample is gathered once, if it is needed."""

    @cache
    def gather() -> tuple[Sample, np.ndarray]:
        grid, components = workspace.read_grid(WHOLE_GRID), settings.detector_components
        return gather_sample(
            grid, survey.ids, survey.sources, detectors[0].kind, components, settings.seed
        )

    def score(detector: Detector) -> Arrays:
        sample, rows = gather()
        answers = {name: np.full(len(survey), np.nan) for name in detector.names}
        for name, values in score_sample(detector, sample, settings.seed).items():
            answers[name][rows] = values
        return answers

    scores: dict[str, np.ndarray] = {}
    for detector in detectors:
        stage = f"scores-{detector.names[0]}"
        scores |= workspace.stages.make(stage, partial(score, detector))
        advance(1)
    return scores


def _split(workspace: Workspace, size: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for flux, ivar in workspace.read_grid(WHOLE_GRID):
        for start in range(0, len(flux), size):
            yield flux[start : start + size], ivar[start : start + size]


def _map(workspace: Workspace, survey: Survey, region: Region, settings: IngestSettings) -> Arrays:
    points = map_region(
        lambda: workspace.read_grid(region.pixels), region.name == "whole", settings, survey.sources
    )
    arrays = {f.name: getattr(points, f.name) for f in fields(points) if f.name != "quality"}
    names, values = list(points.quality), list(points.quality.values())
    return arrays | {"quality_names": np.array(names), "quality_values": np.array(values, float)}


def _load_points(arrays: Arrays) -> MapPoints:
    names, values = arrays.pop("quality_names"), arrays.pop("quality_values")
    return MapPoints(**arrays, quality=dict(zip(names.tolist(), values.tolist(), strict=True)))
