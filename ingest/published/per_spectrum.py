"""The tables with rows of each spectrum, one after the other: together they are gigabytes."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from ingest.anomaly.catalogue import HEADLINE
from ingest.compare.consensus import Consensus
from ingest.compare.reasons import find_reasons
from ingest.extents import Extents
from ingest.measure.bpt import measure_ratios
from ingest.measure.linelist import read_lines
from ingest.plan import Plan
from ingest.published import findings, measured, rows
from ingest.published.map_points import MAP_POINTS, map_point_rows
from ingest.published.obscore import OBSCORE
from ingest.published.obscore_rows import obscore_rows
from ingest.ranking import Ranking
from ingest.results import Results
from ingest.survey import Survey
from vo_service.release.table import Table

Tables = Iterator[tuple[Table, pa.Table]]


def make_spectrum_tables(
    survey: Survey,
    results: Results,
    plan: Plan,
    ranking: Ranking,
    extents: Extents,
    neighbour_ids: np.ndarray,
) -> Tables:
    """Lay out what was found of each spectrum, but for `oddsky.objects`.

    Parameters
    ----------
    survey : Survey
    results : Results
    plan : Plan
    ranking : Ranking
    extents : Extents
        Of all spectra, in the order of the shards.
    neighbour_ids : int64, shape (n_known,)
        Of the spectra that neighbours are numbered by.
    """
    ids, lines, judged = survey.ids, read_lines(), results.windows
    yield findings.NEIGHBOURS, rows.neighbour_rows(ids, results.maps, neighbour_ids)
    region_ranks = {name: (far, resid) for name, (_, far, resid) in ranking.oddness.items()}
    yield findings.REGION_SCORES, rows.region_score_rows(ids, results.maps, region_ranks)
    yield (
        findings.WINDOW_SCORES,
        rows.window_score_rows(ids, plan.windows, judged.chi2_dof, judged.score, ranking.windows),
    )
    yield findings.SCORES, rows.score_rows(ids, ranking.scores, ranking.ranks)
    yield MAP_POINTS, map_point_rows(ids, _other_maps(results))
    yield findings.COMPONENTS, rows.component_rows(ids, results.maps)
    reasons = find_reasons(judged, survey.z, plan.windows, lines, survey.name)
    yield findings.REASONS, measured.reason_rows(ids, reasons, plan.windows, lines)
    yield findings.LINE_FITS, measured.line_fit_rows(ids, results.fits)
    reach = extents.take(survey.places)
    yield OBSCORE, obscore_rows(survey.name, ids, survey.names, survey.facts, reach)


def make_object_columns(
    survey: Survey, results: Results, plan: Plan, ranking: Ranking
) -> dict[str, Any]:
    """Lay out the columns of `oddsky.objects`, all but the properties that a user brings."""
    columns: dict[str, Any] = dict(survey.columns(plan.settings.seed))
    for name, points in results.maps.items():
        columns[f"{name}_x"], columns[f"{name}_y"] = points.xy[:, 0], points.xy[:, 1]
        columns[f"{name}_rank"] = rows.ranked(ranking.oddness[name][0])
    for name in (description.detector for description in HEADLINE):
        columns[f"{name}_score"] = ranking.scores[name]
        columns[f"{name}_rank"] = rows.ranked(ranking.ranks[name])
    for line in (line for line in read_lines() if line.headline):
        columns[f"{line.name}_ew"] = results.fits.column("ew", line.name)
        columns[f"{line.name}_ew_err"] = results.fits.column("ew_err", line.name)
    columns |= measure_ratios(results.fits) | results.indices.columns()
    return columns | _consensus_columns(ranking.consensus)


def _other_maps(results: Results) -> dict[tuple[str, str], np.ndarray]:
    return {
        (region, method): xy
        for region, points in results.maps.items()
        for method, xy in points.others.items()
    }


def _consensus_columns(consensus: Consensus) -> dict[str, Any]:
    return {
        "consensus_rank": rows.ranked(consensus.rank),
        "best_rank": rows.ranked(consensus.best_rank),
        "best_detector": pa.array([name or None for name in consensus.best_list], pa.string()),
        "n_lists": consensus.n_lists,
    }
