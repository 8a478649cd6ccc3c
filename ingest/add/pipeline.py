"""The order of `oddsky add`, and nothing else."""

import time
from itertools import chain
from pathlib import Path

import numpy as np
from rich.progress import Progress

from ingest.add.base import Base, open_base
from ingest.add.known import Held, Known, read_held, read_known
from ingest.add.ranking import count_beyond, rank_new
from ingest.add.sources import find_repeats
from ingest.errors import IngestError
from ingest.executor import Executor, StageTask, run_tasks
from ingest.maps.placing import place_on_map
from ingest.models import lend_models
from ingest.pipeline import Run, describe_run
from ingest.progress import progress_bars, step
from ingest.provenance import input_digest, run_id
from ingest.published.added import describe_alike, make_columns, make_objects
from ingest.published.assemble import make_run_tables
from ingest.published.per_spectrum import make_object_columns, make_spectrum_tables
from ingest.published.properties import Properties
from ingest.read.readers import choose_reader
from ingest.read.sources import list_sources
from ingest.reading import read_survey
from ingest.results import Results, gather_results
from ingest.store import Part, Release, add_part, find_part, write_part
from ingest.survey import Rows, Survey
from ingest.tasks import gather_places, judge_shard, shard_stage
from ingest.workspace import Workspace


def add_spectra(
    arguments: list[str], root: Path, executor: Executor, properties: Properties | None = None
) -> tuple[Release, Part]:
    """Place and score new spectra by the models of the release; goes on where it was interrupted.

    Nothing is fitted, and nothing that is published changes: the new rows are a part of their own.

    Parameters
    ----------
    arguments : list of str
        As for `ingest_survey`.
    root : Path
        Directory of the release, locked by the caller.
    executor : Executor
    properties : Properties, optional
        Joined to the new spectra.

    Returns
    -------
    Release
        What is served now.
    Part
        The new rows alone.

    Raises
    ------
    IngestError
        When there is no release with models, or nothing can be made of the input.
    """
    started = time.monotonic()
    base = open_base(root)
    sources = list_sources(arguments)
    joined = [properties.digest()] if properties else []
    digest = input_digest([base.part.part_id, *(source.digest() for source in sources), *joined])
    name = run_id(digest, base.plan.settings)
    workspace = Workspace(root.absolute() / "work" / name)
    found = find_part(root, name)
    if found and found in base.release.parts:
        return base.release, found
    if not found:
        with progress_bars() as bars:
            held = read_held(base.parts)
            reader = choose_reader("auto", sources)
            base.check_survey(reader.survey)
            with step(bars, "Reading spectra", None) as advance:
                read_survey(
                    sources,
                    reader,
                    base.plan.settings,
                    workspace,
                    advance,
                    executor,
                    held.survey_ids,
                )
            survey, repeats = _load_survey(reader.survey, workspace, held)
            run = Run(root, workspace, survey, base.plan, name, digest, properties, started)
            lend_models(base.models, workspace, base.plan.kept)
            _judge(run, executor, bars)
            with step(bars, "Placing and ranking", 1):
                _write(run, base, repeats, len(held.ids))
    release = add_part(root, workspace, name)
    workspace.remove()
    return release, next(part for part in release.parts if part.part_id == name)


def _load_survey(name: str, workspace: Workspace, held: Held) -> tuple[Survey, np.ndarray]:
    """Return the new spectra, and which of them are of known sources."""
    survey = Survey.load(name, workspace)
    if len(survey) == 0:
        rejects = workspace.rejects()
        first = f": {rejects['source_file'][0]} {rejects['reason'][0]}" if rejects else ""
        raise IngestError(f"None of {rejects.num_rows} spectra can be added{first}.")
    sources, repeats = find_repeats(survey, held)
    return survey.with_sources(sources), repeats


def _judge(run: Run, executor: Executor, bars: Progress) -> None:
    """Put the new spectra to all models, shard by shard."""
    workspace = run.workspace
    Rows.save(workspace, run.survey)
    shards = range(len(workspace.shard_sizes()))
    tasks = [StageTask(shard_stage(n), judge_shard, (workspace, run.plan, n)) for n in shards]
    with step(bars, "Judging and measuring", len(tasks)) as advance:
        run_tasks(executor, workspace.stages, tasks, advance)


def _write(run: Run, base: Base, repeats: np.ndarray, held: int) -> None:
    """Place and rank the new spectra among the known, and write them as a part."""
    survey, plan, workspace = run.survey, run.plan, run.workspace
    known = read_known(base.part, plan)
    results = _place(run, known)
    ranking = rank_new(results, plan.detectors, known)
    columns = make_columns(
        make_object_columns(survey, results, plan, ranking),
        repeats,
        count_beyond(results, known),
        held,
    )
    reach = workspace.extents()
    rows = make_spectrum_tables(survey, results, plan, ranking, reach, known.ids)
    about = make_run_tables(survey, workspace.rejects(), run.run_id, run.digest, plan.settings)
    tables = chain(
        [make_objects(base.part, columns, survey, run.properties)],
        describe_alike(base.part, chain(rows, about)),
    )
    info = describe_run(run) | {"models": base.part.part_id}
    write_part(workspace, "add", run.run_id, tables, info)


def _place(run: Run, known: Known) -> Results:
    workspace, plan, rows = run.workspace, run.plan, Rows.load(run.workspace)
    maps = {
        name: place_on_map(
            gather_places(workspace, rows, name),
            run.survey.sources,
            region,
            plan.settings.neighbours,
        )
        for name, region in known.regions.items()
    }
    return gather_results(workspace, plan, maps)
