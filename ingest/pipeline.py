"""The order of an ingest run, and nothing else."""

import time
from pathlib import Path

from ingest.anomaly.detectors import make_detectors
from ingest.errors import IngestError
from ingest.progress import progress_bars, step
from ingest.provenance import input_digest, library_versions, package_version, run_id
from ingest.published.assemble import make_label_table, make_run_tables, make_tables
from ingest.read.readers import choose_reader, find_labels
from ingest.read.sources import list_sources
from ingest.reading import read_survey
from ingest.results import Results, make_fits, make_maps, make_scores, make_windows
from ingest.settings import IngestSettings
from ingest.store import Release, find_part, publish_part, republish, write_part
from ingest.subspaces import read_regions, tile_windows
from ingest.survey import Survey
from ingest.workspace import Workspace

MIN_SPECTRA = 20


def ingest_survey(arguments: list[str], root: Path, settings: IngestSettings) -> Release:
    """Turn spectra into a release; goes on where an equal run was interrupted.

    Parameters
    ----------
    arguments : list of str
        Folders, archives, globs, files and lists that hold spectra.
    root : Path
        Directory of the release, prepared and locked by the caller.
    settings : IngestSettings

    Raises
    ------
    IngestError
        When nothing can be made of the input.
    """
    started = time.monotonic()
    regions, windows = read_regions(settings.regions or None), tile_windows()
    detectors = make_detectors(settings)
    sources = list_sources(arguments)
    digest = input_digest([source.digest() for source in sources])
    run = run_id(digest, settings)
    if find_part(root, run):
        return republish(root, run)
    workspace = Workspace(root / "work" / run)
    with progress_bars() as bars:
        reader = choose_reader(settings.survey, sources)
        with step(bars, "Reading spectra", None) as advance:
            read_survey(sources, reader, settings, workspace, advance)
        survey = Survey.load(reader.survey, workspace)
        _check_enough(survey, workspace)
        with step(bars, "Mapping regions", len(regions)) as advance:
            maps = make_maps(workspace, survey, regions, settings, advance)
        with step(bars, "Judging windows", len(windows)) as advance:
            judged = make_windows(workspace, windows, settings.window_components, advance)
        with step(bars, "Scoring by other detectors", len(detectors)) as advance:
            scores = make_scores(workspace, survey, detectors, settings, advance)
        with step(bars, "Fitting emission lines", len(survey)) as advance:
            fits = make_fits(workspace, survey, advance)
        with step(bars, "Writing the release", 1):
            results = Results(maps, judged, scores, fits)
            tables = make_tables(survey, results, regions, windows, detectors, settings)
            tables += make_run_tables(survey, workspace.rejects(), run, digest, settings)
            labels = find_labels(reader, arguments)
            tables += make_label_table(survey, labels) if labels else []
            write_part(workspace, run, tables, _describe(settings, digest, started))
            release = publish_part(root, workspace, run)
    workspace.remove()
    return release


def _check_enough(survey: Survey, workspace: Workspace) -> None:
    if len(survey) >= MIN_SPECTRA:
        return
    rejects = workspace.rejects()
    first = f" The first: {rejects['source_file'][0]} {rejects['reason'][0]}." if rejects else ""
    raise IngestError(
        f"Only {len(survey)} spectra can be used and {rejects.num_rows} are rejected; "
        f"maps need at least {MIN_SPECTRA}.{first}"
    )


def _describe(settings: IngestSettings, digest: str, started: float) -> dict:
    return {
        "version": package_version(),
        "libraries": library_versions(),
        "settings": settings.as_dict(),
        "input_digest": digest,
        "seconds": round(time.monotonic() - started, 1),
    }
