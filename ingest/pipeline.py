"""The order of an ingest run, and nothing else."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.progress import Progress

from ingest.errors import IngestError
from ingest.executor import Executor, StageTask, run_tasks
from ingest.plan import Plan
from ingest.progress import progress_bars, step
from ingest.provenance import input_digest, library_versions, package_version, run_id
from ingest.published.assemble import Tables, make_label_table, make_run_tables, make_tables
from ingest.read.readers import choose_reader, find_labels
from ingest.read.sources import list_sources
from ingest.reading import read_survey
from ingest.results import load_results
from ingest.settings import IngestSettings
from ingest.store import Release, find_part, publish_part, republish, write_part
from ingest.survey import Rows, Survey
from ingest.tasks import fit_model, judge_shard, map_region, map_stage, model_stage, shard_stage
from ingest.workspace import Workspace

MIN_SPECTRA = 20


def ingest_survey(
    arguments: list[str], root: Path, settings: IngestSettings, executor: Executor
) -> Release:
    """Turn spectra into a release; goes on where an equal run was interrupted.

    Parameters
    ----------
    arguments : list of str
        Folders, archives, globs, files and lists that hold spectra.
    root : Path
        Directory of the release, prepared and locked by the caller.
    settings : IngestSettings
    executor : Executor
        Where the work is done; it changes nothing else.

    Raises
    ------
    IngestError
        When nothing can be made of the input.
    """
    started = time.monotonic()
    plan = Plan.make(settings)
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
        find_all(workspace, survey, plan, executor, bars)
        with step(bars, "Writing the release", 1):
            labels = find_labels(reader, arguments)
            beside = make_label_table(survey, labels) if labels else []
            release = write_release(root, workspace, survey, plan, run, digest, beside, started)
    workspace.remove()
    return release


def find_all(
    workspace: Workspace, survey: Survey, plan: Plan, executor: Executor, bars: Progress
) -> None:
    """Fit all models, put all spectra to them, and make the maps."""
    Rows.save(workspace, survey)
    chosen = survey.choose_reference(plan.settings.reference_rows, plan.settings.seed)
    workspace.save_reference(survey.ids[chosen], survey.sources[chosen], chosen)
    shards = range(len(workspace.shard_sizes()))
    detectors = (*plan.second, *plan.controls)

    def run(title: str, stage: Callable, make: Callable, names: Sequence) -> None:
        tasks = [StageTask(stage(name), make, (workspace, plan, name)) for name in names]
        with step(bars, title, len(tasks)) as advance:
            run_tasks(executor, workspace.stages, tasks, advance)

    run("Learning what is usual", model_stage, fit_model, plan.first)
    run("Growing detectors", model_stage, fit_model, detectors)
    run("Judging and measuring", shard_stage, judge_shard, shards)
    run("Mapping regions", map_stage, map_region, [region.name for region in plan.regions])


def write_release(
    root: Path,
    workspace: Workspace,
    survey: Survey,
    plan: Plan,
    run: str,
    digest: str,
    beside: Tables,
    started: float,
) -> Release:
    """Write what was found as a part, and publish it.

    Parameters
    ----------
    root : Path
    workspace : Workspace
        All stages are done.
    survey : Survey
    plan : Plan
    run, digest : str
        The run id, and what the input is known by.
    beside : list
        Further tables.
    started : float
        When the run began, by the monotonic clock [s].
    """
    tables = make_tables(survey, load_results(workspace, plan), plan)
    tables += make_run_tables(survey, workspace.rejects(), run, digest, plan.settings)
    info = _describe(plan.settings, digest, started)
    write_part(workspace, run, [*tables, *beside], info)
    return publish_part(root, workspace, run)


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
