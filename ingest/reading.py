"""The first stage: files to shards of observed and rest-frame spectra, bad ones to the rejects."""

import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from itertools import chain

import numpy as np

from ingest.executor import Executor, Inline, StageTask, run_tasks
from ingest.read.base import Reader
from ingest.read.sources import MAX_BYTES, FileSource, Source
from ingest.resume import Arrays
from ingest.settings import IngestSettings
from ingest.shard import Member, read_shard
from ingest.workspace import Workspace

KNOWN_STAGE = "known"

log = logging.getLogger("oddsky.ingest")


def read_survey(
    sources: Sequence[Source],
    reader: Reader,
    settings: IngestSettings,
    workspace: Workspace,
    advance: Callable[[int], None],
    executor: Executor | None = None,
    known: Collection[str] = (),
) -> None:
    """Read all sources into shards; those of an earlier, interrupted run are kept.

    Parameters
    ----------
    sources : sequence of Source
        In the order that fixes the shards.
    reader : Reader
    settings : IngestSettings
        About `shard_rows` spectra make one shard, fewer where the files are large.
    workspace : Workspace
    advance : callable
        Told how many more files are done.
    executor : Executor, optional
        Reads single files, several at a time; archives are streams, and read here.
    known : collection of str
        `survey_id` of spectra that the release has: they are left out.
    """
    size = max(1, settings.shard_rows // reader.spectra_per_file)
    workspace.folder.mkdir(parents=True, exist_ok=True)
    workspace.stages.make(KNOWN_STAGE, lambda: {"ids": np.array(sorted(known), str)})
    files = [source for source in sources if isinstance(source, FileSource)]
    if len(files) == len(sources):
        groups = list(group_files(files, size))
        _read_files(groups, reader, settings, workspace, advance, executor)
        _read_again(groups, reader, settings, workspace)
    else:
        members = chain.from_iterable(map(_members, sources))
        _read_stream(_batched(members, size), reader, settings, workspace, advance)
    for name, reason in zip(*workspace.rejects().to_pydict().values(), strict=True):
        log.warning("%s: rejected: %s", name, reason)


def group_files(files: Sequence[FileSource], size: int) -> Iterator[list[FileSource]]:
    """Group files until they are so many, or as large as the largest may be."""
    group: list[FileSource] = []
    room = MAX_BYTES
    for file in files:
        length = file.path.stat().st_size if file.path.exists() else 0
        if group and (len(group) == size or room < length):
            yield group
            group, room = [], MAX_BYTES
        group.append(file)
        room -= length
    if group:
        yield group


def read_group(
    workspace: Workspace,
    reader: Reader,
    settings: IngestSettings,
    number: int,
    files: list[FileSource],
) -> Arrays:
    """Read a group of files into a shard, as a task."""
    if not workspace.has_shard(number):
        members = chain.from_iterable(map(_members, files))
        read_shard(number, members, reader, settings, workspace, _read_known(workspace))
    return {"files": np.array(len(files))}


def _read_files(
    groups: list[list[FileSource]],
    reader: Reader,
    settings: IngestSettings,
    workspace: Workspace,
    advance: Callable[[int], None],
    executor: Executor | None,
) -> None:
    if executor is None or not executor.reads_input:
        executor = Inline()
    tasks = [
        StageTask(f"read-{i:05d}", read_group, (workspace, reader, settings, i, group))
        for i, group in enumerate(groups)
    ]
    most = len(groups[0])
    run_tasks(executor, workspace.stages, tasks, lambda shards: advance(shards * most))


def _read_again(
    groups: list[list[FileSource]],
    reader: Reader,
    settings: IngestSettings,
    workspace: Workspace,
) -> None:
    """Read those shards anew that hold a spectrum of an earlier one, which they did not know."""
    seen = _read_known(workspace)
    for number, group in enumerate(groups):
        if not (
            workspace.has_shard(number) and seen.keys().isdisjoint(_read_ids(workspace, number))
        ):
            workspace.drop_shard(number)
            members = chain.from_iterable(map(_members, group))
            read_shard(number, members, reader, settings, workspace, seen)
        seen |= _read_ids(workspace, number)


def _read_stream(
    batches: Iterator[Iterator[Member]],
    reader: Reader,
    settings: IngestSettings,
    workspace: Workspace,
    advance: Callable[[int], None],
) -> None:
    seen = _read_known(workspace)
    for number, members in enumerate(batches):
        if workspace.has_shard(number):
            count = sum(1 for _ in members)
        else:
            count = read_shard(number, members, reader, settings, workspace, seen)
        seen |= _read_ids(workspace, number)
        advance(count)


def _read_known(workspace: Workspace) -> dict[str, str]:
    """Return what a second copy of a spectrum of the release is a copy of, by `survey_id`."""
    ids = workspace.stages.load(KNOWN_STAGE)["ids"].tolist()
    return dict.fromkeys(ids, "a spectrum of the release")


def _read_ids(workspace: Workspace, number: int) -> dict[str, str]:
    """Return the spectra of a shard by `survey_id`, and their files."""
    facts = workspace.shard_facts(number)
    ids, files = facts["survey_id"].to_pylist(), facts["source_file"].to_pylist()
    return dict(zip(ids, files, strict=True))


def _members(source: Source) -> Iterator[Member]:
    return ((name, data, partial(source.beside, name)) for name, data in source.members())


def _batched(members: Iterator[Member], size: int) -> Iterator[Iterator[Member]]:
    """Group members until they are so many, or as large as the largest may be.

    A group is read while it is gone through, all of it before the next.
    """
    for first in members:
        yield chain([first], _go_on(members, size - 1, MAX_BYTES - len(first[1])))


def _go_on(members: Iterator[Member], count: int, room: int) -> Iterator[Member]:
    while count > 0 and room > 0:
        member = next(members, None)
        if member is None:
            return
        count, room = count - 1, room - len(member[1])
        yield member
