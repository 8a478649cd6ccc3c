"""The first stage: files to shards of observed and rest-frame spectra, bad ones to the rejects."""

import itertools
import logging
from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa

from ingest.batches import GriddedBatch, Spectrum, SpectrumBatch
from ingest.errors import RejectedSpectrum
from ingest.prepare.normalise import coverage
from ingest.prepare.restframe import to_rest_grid
from ingest.read.base import Reader
from ingest.read.sources import Source
from ingest.sample import find_reasons
from ingest.settings import IngestSettings
from ingest.store import save_shard
from ingest.workspace import REJECT_SCHEMA, Workspace

log = logging.getLogger("oddsky.ingest")

Member = tuple[str, bytes]


def read_survey(
    sources: list[Source],
    reader: Reader,
    settings: IngestSettings,
    workspace: Workspace,
    advance: Callable[[int], None],
) -> None:
    """Read all sources into shards; those of an earlier, interrupted run are kept.

    Parameters
    ----------
    sources : list of Source
        In the order that fixes the shards.
    reader : Reader
    settings : IngestSettings
        `shard_rows` files make one shard.
    workspace : Workspace
    advance : callable
        Told how many more files are done.
    """
    members = itertools.chain.from_iterable(source.members() for source in sources)
    seen: dict[str, str] = {}
    for number, files in enumerate(_batched(members, settings.shard_rows)):
        if not workspace.has_shard(number):
            _read_shard(number, files, reader, settings, workspace, seen)
        facts = workspace.shard_facts(number)
        seen.update(
            zip(facts["survey_id"].to_pylist(), facts["source_file"].to_pylist(), strict=True)
        )
        advance(len(files))


def _batched(members: Iterator[Member], size: int) -> Iterator[tuple[Member, ...]]:
    while files := tuple(itertools.islice(members, size)):
        yield files


def _read_shard(
    number: int,
    files: tuple[Member, ...],
    reader: Reader,
    settings: IngestSettings,
    workspace: Workspace,
    seen: dict[str, str],
) -> None:
    rejects: list[tuple[str, str]] = []
    spectra = list(_parse(files, reader, dict(seen), rejects))
    batch = SpectrumBatch.collect(spectra)
    gridded = to_rest_grid(batch)
    reasons = np.array(find_reasons(batch.facts, coverage(gridded.ivar), settings), object)
    kept = np.flatnonzero(reasons == "")
    out = np.flatnonzero(reasons != "")
    names = batch.facts["source_file"].take(out).to_pylist()
    rejects += zip(names, reasons[out].tolist(), strict=True)
    for name, reason in rejects:
        log.warning("%s: rejected: %s", name, reason)
    columns = zip(*sorted(rejects), strict=True) if rejects else ([], [])
    batch = batch.take(kept)
    table = pa.table([list(c) for c in columns], schema=REJECT_SCHEMA)
    workspace.save_facts(number, batch.facts, table)
    save_shard(workspace, number, reader.survey, batch, _rows(gridded, kept))


def _parse(
    files: tuple[Member, ...], reader: Reader, seen: dict[str, str], rejects: list[tuple[str, str]]
) -> Iterator[Spectrum]:
    for name, data in files:
        try:
            for spectrum in reader.read(name, data):
                survey_id = spectrum.facts["survey_id"]
                if survey_id in seen:
                    rejects.append((name, f"is a second copy of {seen[survey_id]}"))
                    continue
                seen[survey_id] = name
                yield spectrum
        except RejectedSpectrum as reason:
            rejects.append((name, str(reason)))


def _rows(gridded: GriddedBatch, rows: np.ndarray) -> GriddedBatch:
    return GriddedBatch(gridded.flux[rows], gridded.ivar[rows])
