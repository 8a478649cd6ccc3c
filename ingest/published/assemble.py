"""From the results of a run to its published tables."""

import json
from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa

from ingest.anomaly.base import Detector
from ingest.anomaly.catalogue import DESCRIPTIONS
from ingest.anomaly.detectors import describe, describe_parameters
from ingest.compare.agreement import compare_lists
from ingest.extents import Extents
from ingest.maps.layouts import METHODS
from ingest.maps.region_map import rank_scores
from ingest.measure.linelist import read_lines
from ingest.plan import Plan
from ingest.provenance import package_version
from ingest.published import compared, described, measured, rows
from ingest.published.compared_rows import (
    agreement_rows,
    anomaly_group_rows,
    known_rows,
    sn_bias_rows,
)
from ingest.published.objects import objects_table
from ingest.published.per_spectrum import Tables, make_object_columns, make_spectrum_tables
from ingest.published.planted import PLANTED, planted_rows
from ingest.published.properties import Properties, join_properties
from ingest.ranking import Ranking, find_families
from ingest.results import Results
from ingest.settings import IngestSettings
from ingest.subspaces import Window
from ingest.survey import Survey
from vo_service.release.table import Table


def make_tables(
    survey: Survey,
    results: Results,
    plan: Plan,
    ranking: Ranking,
    extents: Extents,
    properties: Properties | None = None,
) -> Tables:
    """Lay the results out as the tables of the release, one after the other."""
    yield _objects(survey, results, plan, ranking, properties)
    yield from make_spectrum_tables(survey, results, plan, ranking, extents, survey.ids)
    if results.recalls:
        yield PLANTED, planted_rows(results.recalls)
    yield from _compared(survey, results, ranking, plan.detectors)
    yield described.REGIONS, rows.region_rows(plan.regions)
    yield described.WINDOWS, rows.window_rows(plan.windows)
    yield described.LINES, measured.line_rows(read_lines())
    method = METHODS[plan.settings.map_methods[0]].title
    yield described.MAPS, rows.map_rows(results.maps, method)
    yield described.DETECTORS, _detectors(plan.windows, plan.detectors, plan.settings)


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
    yield described.RELEASES, pa.Table.from_pylist([release])
    yield described.REJECTS, rejects


def make_label_table(survey: Survey, labels: pa.Table | None) -> Tables:
    """Publish what was planted in a mock survey, of the spectra that are in the sample."""
    if labels is not None:
        known = pa.table({"survey_id": survey.facts["survey_id"], "obj_id": survey.ids})
        yield described.LABELS, labels.join(known, "survey_id", join_type="inner")


def _objects(
    survey: Survey,
    results: Results,
    plan: Plan,
    ranking: Ranking,
    properties: Properties | None,
) -> tuple[Table, pa.Table]:
    headline = [(line.name, line.label) for line in read_lines() if line.headline]
    table = objects_table(survey.name, plan.regions, headline)
    data = pa.table(make_object_columns(survey, results, plan, ranking))
    if properties is None:
        return table, data
    taken = {f.name for f in table.fields}
    fields, columns = join_properties(properties, survey.facts, survey.ids, taken)
    for field, column in zip(fields, columns, strict=True):
        data = data.append_column(field.name, column)
    return replace(table, fields=(*table.fields, *fields)), data


def _compared(
    survey: Survey, results: Results, ranking: Ranking, detectors: Sequence[Detector]
) -> Tables:
    """Say how the lists stand to one another, to the noise, to the maps, and to the paper's."""
    regions = {name: rank for name, (rank, _, _) in ranking.oddness.items()}
    lists = ranking.ranks | regions
    controls = {name: rank_scores(score) for name, score in results.controls.items()}
    families = find_families(detectors) | dict.fromkeys(regions, "map")
    told = lists | {"consensus": ranking.consensus.rank}
    sn = survey.facts["sn_median"].to_numpy(zero_copy_only=False)
    ra, dec = survey.facts["ra"].to_numpy(), survey.facts["dec"].to_numpy()
    places = {name: points.xy for name, points in results.maps.items()}
    yield compared.AGREEMENT, agreement_rows(compare_lists(lists, families, controls))
    yield compared.SN_BIAS, sn_bias_rows(told, sn)
    yield compared.ANOMALY_GROUPS, anomaly_group_rows(survey.ids, told, places)
    yield compared.KNOWN, known_rows(survey.ids, ra, dec, sn, ranking.consensus)


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
