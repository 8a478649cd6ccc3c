"""The order of an ingest run, and nothing else."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from rich.progress import Progress

from ingest.compare.folds import choose_spectra
from ingest.errors import IngestError
from ingest.executor import Executor, StageTask, run_tasks
from ingest.identity import random_order
from ingest.models import keep_models, model_stage
from ingest.plan import Plan
from ingest.progress import progress_bars, step
from ingest.provenance import input_digest, library_versions, package_version, run_id
from ingest.published.assemble import make_label_table, make_run_tables, make_tables
from ingest.published.properties import Properties
from ingest.ranking import rank_all
from ingest.read.readers import choose_reader, find_labels
from ingest.read.sources import list_sources
from ingest.reading import read_survey
from ingest.report.found import Found
from ingest.report.write import write_report
from ingest.results import load_results
from ingest.settings import IngestSettings
from ingest.store import (
    Release,
    find_part,
    publish_part,
    republish,
    write_part,
)
from ingest.survey import Rows, Survey
from ingest.tasks import (
    JOINT,
    PLANTED,
    REFERENCE,
    UNSEEN,
    fit_model,
    judge_shard,
    map_region,
    map_stage,
    plant_fold,
    plant_stage,
    shard_stage,
)
from ingest.workspace import Workspace

MIN_SPECTRA = 20
REPORT = "report"
"""Folder of a part that holds the page about its run."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run after reading.

    Attributes
    ----------
    root : Path
        Directory of the release.
    workspace : Workspace
    survey : Survey
    plan : Plan
    run_id, digest : str
        Its name, and what its input is known by.
    properties : Properties, optional
        Joined to the spectra.
    started : float
        When it began, by the monotonic clock [s].
    """

    root: Path
    workspace: Workspace
    survey: Survey
    plan: Plan
    run_id: str
    digest: str
    properties: Properties | None
    started: float


def ingest_survey(
    arguments: list[str],
    root: Path,
    settings: IngestSettings,
    executor: Executor,
    properties: Properties | None = None,
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
    properties : Properties, optional
        Joined to the spectra.

    Raises
    ------
    IngestError
        When nothing can be made of the input.
    """
    started = time.monotonic()
    plan = Plan.make(settings)
    sources = list_sources(arguments)
    joined = [properties.digest()] if properties else []
    digest = input_digest([*(source.digest() for source in sources), *joined])
    name = run_id(digest, settings)
    # Workers of a cluster may stand in another folder.
    workspace = Workspace(root.absolute() / "work" / name)
    if find_part(root, name):
        workspace.remove()
        return republish(root, name)
    with progress_bars() as bars:
        reader = choose_reader(settings.survey, sources)
        with step(bars, "Reading spectra", None) as advance:
            read_survey(sources, reader, settings, workspace, advance, executor)
        survey = Survey.load(reader.survey, workspace)
        _check_enough(survey, workspace)
        run = Run(root, workspace, survey, plan, name, digest, properties, started)
        find_all(run, executor, bars)
        with step(bars, "Writing the release", 1):
            labels = find_labels(reader, arguments)
            release = write_release(run, labels)
    workspace.remove()
    return release


def find_all(run: Run, executor: Executor, bars: Progress) -> None:
    """Fit all models, put all spectra to them, and make the maps."""
    workspace, survey, plan = run.workspace, run.survey, run.plan
    Rows.save(workspace, survey)
    chosen = survey.choose_reference(plan.settings.reference_rows, plan.settings.seed)
    workspace.save_spectra(REFERENCE, survey.facts_of(chosen), survey.places[chosen])
    shards = range(len(workspace.shard_sizes()))

    def tasks(stage: Callable, make: Callable, names: Iterable) -> list[StageTask]:
        return [StageTask(stage(name), make, (workspace, plan, name)) for name in names]

    planted = tasks(plant_stage, plant_fold, choose_folds(run, chosen))
    rounds = {
        "Learning what is usual": tasks(model_stage, fit_model, plan.first),
        "Growing detectors": tasks(model_stage, fit_model, (*plan.second, *plan.controls)),
        # The longest first, so that no process is left alone with one at the end.
        "Judging and measuring": [*planted, *tasks(shard_stage, judge_shard, shards)],
        "Mapping regions": tasks(map_stage, map_region, [region.name for region in plan.regions]),
    }
    for title, work in rounds.items():
        with step(bars, title, len(work)) as advance:
            run_tasks(executor, workspace.stages, work, advance)


def choose_folds(run: Run, reference: np.ndarray) -> list[int]:
    """Gather the spectra that are altered, and say which folds are scored."""
    settings, survey = run.plan.settings, run.survey
    if settings.planted_copies == 0:
        return []
    order = random_order(survey.ids, settings.seed + 1)
    rows, folds = choose_spectra(order, survey.sources, reference)
    run.workspace.save_spectra(PLANTED, survey.facts_of(rows), survey.places[rows])
    return [*(range(folds) if folds else [UNSEEN]), JOINT]


def write_release(run: Run, labels: pa.Table | None = None) -> Release:
    """Write what was found as a part, with its models, and publish it.

    Parameters
    ----------
    run : Run
    labels : pyarrow.Table, optional
        What was planted in a mock survey.
    """
    workspace, survey, plan = run.workspace, run.survey, run.plan
    results = load_results(workspace, plan)
    ranking = rank_all(results, plan.detectors)
    tables = chain(
        make_tables(survey, results, plan, ranking, workspace.extents(), run.properties),
        make_run_tables(survey, workspace.rejects(), run.run_id, run.digest, plan.settings),
        make_label_table(survey, labels),
    )
    about = describe_run(run)
    keep_models(workspace, plan.kept)
    found = Found(workspace, plan, survey, results, ranking)
    write_report(workspace.part / REPORT, found, about | {"run_id": run.run_id})
    write_part(workspace, "ingest", run.run_id, tables, about)
    return publish_part(run.root, workspace, run.run_id)


def _check_enough(survey: Survey, workspace: Workspace) -> None:
    if len(survey) >= MIN_SPECTRA:
        return
    rejects = workspace.rejects()
    first = f" The first: {rejects['source_file'][0]} {rejects['reason'][0]}." if rejects else ""
    raise IngestError(
        f"Only {len(survey)} spectra can be used and {rejects.num_rows} are rejected; "
        f"maps need at least {MIN_SPECTRA}.{first}"
    )


def describe_run(run: Run) -> dict[str, Any]:
    """Return what made a part."""
    return {
        "version": package_version(),
        "libraries": library_versions(),
        "settings": run.plan.settings.as_dict(),
        "input_digest": run.digest,
        "seconds": round(time.monotonic() - run.started, 1),
    }
