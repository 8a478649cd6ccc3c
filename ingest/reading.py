"""The first stage: files to shards of observed and rest-frame spectra, bad ones to the rejects."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import chain
from types import MappingProxyType

import numpy as np
import pyarrow as pa

from ingest.batches import GriddedBatch, Spectrum, SpectrumBatch
from ingest.errors import RejectedSpectrum
from ingest.prepare.normalise import coverage
from ingest.prepare.restframe import to_rest_grid
from ingest.read.base import Beside, Reader
from ingest.read.sources import MAX_BYTES, Source
from ingest.sample import find_reasons
from ingest.settings import IngestSettings
from ingest.store import save_shard
from ingest.workspace import REJECT_SCHEMA, Workspace

log = logging.getLogger("oddsky.ingest")

Member = tuple[str, bytes, Beside]


def read_survey(
    sources: list[Source],
    reader: Reader,
    settings: IngestSettings,
    workspace: Workspace,
    advance: Callable[[int], None],
    known: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Read all sources into shards; those of an earlier, interrupted run are kept.

    Parameters
    ----------
    sources : list of Source
        In the order that fixes the shards.
    reader : Reader
    settings : IngestSettings
        About `shard_rows` spectra make one shard, fewer where the files are large.
    workspace : Workspace
    advance : callable
        Told how many more files are done.
    known : mapping
        Spectra that are there already, by `survey_id`, and what they are: they are left out.
    """
    members = (
        (name, data, partial(source.beside, name))
        for source in sources
        for name, data in source.members()
    )
    files_a_shard = max(1, settings.shard_rows // reader.spectra_per_file)
    seen = dict(known)
    for number, files in enumerate(_batched(members, files_a_shard)):
        if workspace.has_shard(number):
            count = sum(1 for _ in files)
        else:
            count = _read_shard(number, files, reader, settings, workspace, seen)
        facts = workspace.shard_facts(number)
        seen.update(
            zip(facts["survey_id"].to_pylist(), facts["source_file"].to_pylist(), strict=True)
        )
        advance(count)


def _batched(members: Iterator[Member], size: int) -> Iterator[Iterator[Member]]:
    """Group files until they are so many, or as large as the largest may be.

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


def _read_shard(
    number: int,
    files: Iterator[Member],
    reader: Reader,
    settings: IngestSettings,
    workspace: Workspace,
    seen: dict[str, str],
) -> int:
    """Read a group of files into a shard, and return how many they were."""
    spectra, rejects, count = _parse(files, reader, dict(seen))
    batch = SpectrumBatch.collect(spectra)
    gridded = to_rest_grid(batch, reader.noise_correlation)
    reasons = np.array(find_reasons(batch.facts, coverage(gridded.ivar), settings), object)
    kept = np.flatnonzero(reasons == "")
    out = np.flatnonzero(reasons != "")
    rejects += _name(batch.facts, out, reasons)
    for name, reason in rejects:
        log.warning("%s: rejected: %s", name, reason)
    columns = zip(*sorted(rejects), strict=True) if rejects else ([], [])
    batch = batch.take(kept)
    table = pa.table([list(c) for c in columns], schema=REJECT_SCHEMA)
    workspace.save_facts(number, batch.facts, table)
    save_shard(workspace, number, reader.survey, batch, _rows(gridded, kept))
    return count


def _parse(
    files: Iterator[Member], reader: Reader, seen: dict[str, str]
) -> tuple[list[Spectrum], list[tuple[str, str]], int]:
    """Return the spectra of files, the reasons against others, and the number of files."""
    spectra: list[Spectrum] = []
    rejects: list[tuple[str, str]] = []
    count = 0
    for name, data, beside in files:
        count += 1
        try:
            for spectrum in reader.read(name, data, beside):
                if isinstance(spectrum, RejectedSpectrum):
                    rejects.append((name, str(spectrum)))
                    continue
                survey_id = spectrum.facts["survey_id"]
                if survey_id in seen:
                    rejects.append((name, f"is a second copy of {seen[survey_id]}"))
                    continue
                seen[survey_id] = name
                spectra.append(spectrum)
        except RejectedSpectrum as reason:
            rejects.append((name, str(reason)))
    return spectra, rejects, count


def _name(facts: pa.Table, out: np.ndarray, reasons: np.ndarray) -> Iterator[tuple[str, str]]:
    """Yield file and reason; where a file holds many spectra the reason says which it is."""
    names, ids = facts["source_file"].to_pylist(), facts["survey_id"].to_pylist()
    counts = Counter(names)
    for row in out:
        prefix = f"spectrum {ids[row]}: " if counts[names[row]] > 1 else ""
        yield names[row], prefix + reasons[row]


def _rows(gridded: GriddedBatch, rows: np.ndarray) -> GriddedBatch:
    return GriddedBatch(gridded.flux[rows], gridded.ivar[rows])
