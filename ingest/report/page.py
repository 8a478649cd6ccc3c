"""The page of a report, filled from its template."""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined

from ingest.anomaly.catalogue import HEADLINE
from ingest.report.found import Found
from ingest.report.overlap import measure_overlaps
from ingest.report.planted import tabulate_recall
from ingest.report.tables import count_rejects, sum_costs, tabulate_controls, tabulate_maps
from ingest.report.thumbnails import Thumbnail


def fill_page(
    found: Found,
    run: Mapping[str, Any],
    pictures: Sequence[Any],
    thumbnails: Mapping[str, Sequence[Thumbnail]],
    failure: str,
) -> str:
    """Return the page as HTML.

    Parameters
    ----------
    found : Found
    run : mapping
        As `write_report` takes it.
    pictures : sequence of Picture
    thumbnails : mapping
        By detector, in order.
    failure : str
        Why there are no thumbnails; empty when there are.
    """
    overlaps = measure_overlaps(found)
    map_names, map_lines = tabulate_maps(found)
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string(files("ingest.report").joinpath("page.html").read_text())
    return template.render(
        run=run,
        survey=found.survey.name,
        n_spectra=len(found.survey),
        n_regions=len(found.plan.regions),
        n_rejected=found.workspace.rejects().num_rows,
        rejects=count_rejects(found),
        pictures=pictures,
        thumbnails=thumbnails,
        failure=failure,
        good_for={d.detector: d.good_for for d in HEADLINE},
        lists=overlaps.names,
        overlaps=overlaps,
        controls=tabulate_controls(overlaps),
        recalls=tabulate_recall(found.results.recalls, overlaps.names),
        map_names=map_names,
        map_lines=map_lines,
        costs=sum_costs(found.workspace.stages.costs()),
    )
