"""From the results of a run to its published tables."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from ingest.anomaly.base import Detector
from ingest.anomaly.catalogue import DESCRIPTIONS, HEADLINE, is_foreign
from ingest.anomaly.detectors import describe, describe_parameters
from ingest.anomaly.pca_chi2 import combine_windows
from ingest.compare.agreement import compare_lists
from ingest.compare.consensus import Consensus, agree
from ingest.compare.reasons import find_reasons
from ingest.maps.layouts import METHODS
from ingest.maps.region_map import rank_oddness, rank_scores
from ingest.measure.bpt import measure_ratios
from ingest.measure.linelist import read_lines
from ingest.plan import Plan
from ingest.provenance import package_version
from ingest.published import compared, described, findings, measured, rows
from ingest.published.compared_rows import (
    agreement_rows,
    anomaly_group_rows,
    known_rows,
    sn_bias_rows,
)
from ingest.published.map_points import MAP_POINTS, map_point_rows
from ingest.published.objects import objects_table
from ingest.published.planted import PLANTED, planted_rows
from ingest.published.properties import Properties, join_properties
from ingest.results import Results
from ingest.settings import IngestSettings
from ingest.subspaces import Region, Window
from ingest.survey import Survey
from vo_service.release.table import Table

Tables = list[tuple[Table, pa.Table]]


@dataclass(frozen=True, slots=True)
class Ranking:
    """Every list of a run.

    Attributes
    ----------
    scores : dict of float64, shape (n,)
        By detector.
    ranks : dict of int32, shape (n,)
        By detector; 1 is strangest, 0 for none.
    oddness : dict of three int32 arrays, shape (n,)
        By region: rank, far_rank, resid_rank.
    consensus : Consensus
    """

    scores: dict[str, np.ndarray]
    ranks: dict[str, np.ndarray]
    oddness: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]
    consensus: Consensus


def rank_all(results: Results, detectors: Sequence[Detector]) -> Ranking:
    """Rank spectra by every detector and region, and by all together."""
    scores = combine_windows(results.windows) | results.scores
    ranks = {name: rank_scores(score) for name, score in scores.items()}
    oddness = {name: rank_oddness(m.far, m.resid) for name, m in results.maps.items()}
    families = _voices(detectors) | dict.fromkeys(oddness, "map")
    lists = ranks | {name: rank for name, (rank, _, _) in oddness.items()}
    heard = {name: lists[name] for name in families}
    return Ranking(scores, ranks, oddness, agree(heard, families))


def make_tables(
    survey: Survey, results: Results, plan: Plan, properties: Properties | None = None
) -> Tables:
    """Lay the results out as the tables of the release."""
    regions, windows, detectors, settings = (
        plan.regions,
        plan.windows,
        plan.detectors,
        plan.settings,
    )
    ids, lines, ranking = survey.ids, read_lines(), rank_all(results, detectors)
    window_ranks = np.stack([rank_scores(column) for column in results.windows.score.T], axis=1)
    region_ranks = {name: (far, resid) for name, (_, far, resid) in ranking.oddness.items()}
    reasons = find_reasons(results.windows, survey.z, windows, lines)
    judged = results.windows
    return [
        _with_properties(_objects(survey, results, ranking, regions, settings), survey, properties),
        (findings.NEIGHBOURS, rows.neighbour_rows(ids, results.maps)),
        (findings.REGION_SCORES, rows.region_score_rows(ids, results.maps, region_ranks)),
        (
            findings.WINDOW_SCORES,
            rows.window_score_rows(ids, windows, judged.chi2_dof, judged.score, window_ranks),
        ),
        (findings.SCORES, rows.score_rows(ids, ranking.scores, ranking.ranks)),
        (MAP_POINTS, map_point_rows(ids, _other_maps(results))),
        (findings.COMPONENTS, rows.component_rows(ids, results.maps)),
        (findings.REASONS, measured.reason_rows(ids, reasons, windows, lines)),
        (findings.LINE_FITS, measured.line_fit_rows(ids, results.fits)),
        *_planted(results),
        *_compared(survey, results, ranking, detectors),
        (described.REGIONS, rows.region_rows(regions)),
        (described.WINDOWS, rows.window_rows(windows)),
        (described.LINES, measured.line_rows(lines)),
        (described.MAPS, rows.map_rows(results.maps, METHODS[settings.map_methods[0]].title)),
        (described.DETECTORS, _detectors(windows, detectors, settings)),
    ]


def _compared(
    survey: Survey, results: Results, ranking: Ranking, detectors: Sequence[Detector]
) -> Tables:
    """Say how the lists stand to one another, to the noise, to the maps, and to the paper's."""
    regions = {name: rank for name, (rank, _, _) in ranking.oddness.items()}
    lists = ranking.ranks | regions
    controls = {name: rank_scores(score) for name, score in results.controls.items()}
    families = _families(detectors) | dict.fromkeys(regions, "map")
    told = lists | {"consensus": ranking.consensus.rank}
    sn = survey.facts["sn_median"].to_numpy(zero_copy_only=False)
    ra, dec = survey.facts["ra"].to_numpy(), survey.facts["dec"].to_numpy()
    places = {name: points.xy for name, points in results.maps.items()}
    return [
        (compared.AGREEMENT, agreement_rows(compare_lists(lists, families, controls))),
        (compared.SN_BIAS, sn_bias_rows(told, sn)),
        (compared.ANOMALY_GROUPS, anomaly_group_rows(survey.ids, told, places)),
        (compared.KNOWN, known_rows(survey.ids, ra, dec, sn, ranking.consensus)),
    ]


def _families(detectors: Sequence[Detector]) -> dict[str, str]:
    """Return the family of every list, variants too."""
    own = [d for d in DESCRIPTIONS if d.family == "reconstruction"]
    others = [d for detector in detectors for d in describe(detector)]
    return {d.detector: d.family for d in (*own, *others)}


def _other_maps(results: Results) -> dict[tuple[str, str], np.ndarray]:
    return {
        (region, method): xy
        for region, points in results.maps.items()
        for method, xy in points.others.items()
    }


def _planted(results: Results) -> Tables:
    return [(PLANTED, planted_rows(results.recalls))] if results.recalls else []


def make_run_tables(
    survey: Survey, rejects: pa.Table, run_id: str, digest: str, settings: IngestSettings
) -> Tables:
    """Describe the run itself, and what it left out."""
    release = {
        "run_id": run_id,
        "survey": survey.name,
        "version": package_version(),
        "n_spectra": len(survey),
        "n_rejected": rejects.num_rows,
        "settings": json.dumps(settings.as_dict(), sort_keys=True),
        "input_digest": digest,
    }
    return [(described.RELEASES, pa.Table.from_pylist([release])), (described.REJECTS, rejects)]


def make_label_table(survey: Survey, labels: pa.Table) -> Tables:
    """Publish what was planted in a mock survey, of the spectra that are in the sample."""
    known = pa.table({"survey_id": survey.facts["survey_id"], "obj_id": survey.ids})
    return [(described.LABELS, labels.join(known, "survey_id", join_type="inner"))]


def _objects(
    survey: Survey,
    results: Results,
    ranking: Ranking,
    regions: Sequence[Region],
    settings: IngestSettings,
) -> tuple[Table, pa.Table]:
    headline = [line for line in read_lines() if line.headline]
    table = objects_table(survey.name, regions, [(line.name, line.label) for line in headline])
    columns: dict[str, Any] = dict(survey.columns(settings.seed))
    for name, points in results.maps.items():
        columns[f"{name}_x"], columns[f"{name}_y"] = points.xy[:, 0], points.xy[:, 1]
        columns[f"{name}_rank"] = rows.ranked(ranking.oddness[name][0])
    for name in (description.detector for description in HEADLINE):
        columns[f"{name}_score"] = ranking.scores[name]
        columns[f"{name}_rank"] = rows.ranked(ranking.ranks[name])
    for line in headline:
        columns[f"{line.name}_ew"] = results.fits.column("ew", line.name)
        columns[f"{line.name}_ew_err"] = results.fits.column("ew_err", line.name)
    columns |= measure_ratios(results.fits) | results.indices.columns()
    return table, pa.table(columns | _consensus_columns(ranking.consensus))


def _with_properties(
    objects: tuple[Table, pa.Table], survey: Survey, properties: Properties | None
) -> tuple[Table, pa.Table]:
    """Add the columns of a table that the user brought."""
    if properties is None:
        return objects
    table, data = objects
    taken = {f.name for f in table.fields}
    fields, columns = join_properties(properties, survey.facts, survey.ids, taken)
    for field, column in zip(fields, columns, strict=True):
        data = data.append_column(field.name, column)
    return replace(table, fields=(*table.fields, *fields)), data


def _consensus_columns(consensus: Consensus) -> dict[str, Any]:
    return {
        "consensus_rank": rows.ranked(consensus.rank),
        "best_rank": rows.ranked(consensus.best_rank),
        "best_detector": pa.array([name or None for name in consensus.best_list], pa.string()),
        "n_lists": consensus.n_lists,
    }


def _voices(detectors: Sequence[Detector]) -> dict[str, str]:
    """Return the family of each list that the consensus hears; variants have no voice."""
    foreign = [d for detector in detectors for d in describe(detector) if is_foreign(d)]
    return {d.detector: d.family for d in (*HEADLINE, *foreign)}


def _detectors(
    windows: Sequence[Window], detectors: Sequence[Detector], settings: IngestSettings
) -> pa.Table:
    parameters = {"windows": len(windows), "components": settings.window_components}
    own = [d for d in DESCRIPTIONS if d.family == "reconstruction"]
    described = [(d, json.dumps(parameters, sort_keys=True)) for d in own]
    for detector in detectors:
        written = describe_parameters(detector, settings.detector_components)
        described += [(d, written) for d in describe(detector)]
    return rows.detector_rows(described, settings.seed)
