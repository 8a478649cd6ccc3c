"""Some files to one shard of spectra, and the reasons against those that are left out."""

from collections import Counter
from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa

from ingest.batches import GriddedBatch, Spectrum, SpectrumBatch
from ingest.errors import RejectedSpectrum
from ingest.prepare.normalise import coverage
from ingest.prepare.restframe import to_rest_grid
from ingest.read.base import Beside, Reader
from ingest.sample import find_reasons
from ingest.settings import IngestSettings
from ingest.store import save_shard
from ingest.workspace import REJECT_SCHEMA, Workspace

Member = tuple[str, bytes, Beside]
"""Name and bytes of a file, and what reaches the files that lie beside it."""


def read_shard(
    number: int,
    files: Iterator[Member],
    reader: Reader,
    settings: IngestSettings,
    workspace: Workspace,
    seen: Mapping[str, str],
) -> int:
    """Read files into a shard, and return how many they were.

    Parameters
    ----------
    number : int
        Of the shard.
    files : iterator of Member
    reader : Reader
    settings : IngestSettings
    workspace : Workspace
    seen : mapping
        Spectra that are left out because they are there already, by `survey_id`, and where.
    """
    spectra, rejects, count = _parse(files, reader, dict(seen))
    batch = SpectrumBatch.collect(spectra)
    gridded = to_rest_grid(batch, reader.noise_correlation)
    reasons = np.array(find_reasons(batch.facts, coverage(gridded.ivar), settings), object)
    kept = np.flatnonzero(reasons == "")
    out = np.flatnonzero(reasons != "")
    rejects += _name(batch.facts, out, reasons)
    columns = zip(*sorted(rejects), strict=True) if rejects else ([], [])
    if out.size:
        batch = batch.take(kept)
        gridded = GriddedBatch(gridded.flux[kept], gridded.ivar[kept])
    table = pa.table([list(c) for c in columns], schema=REJECT_SCHEMA)
    workspace.save_facts(number, batch.facts, table)
    save_shard(workspace, number, reader.survey, batch, gridded)
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
