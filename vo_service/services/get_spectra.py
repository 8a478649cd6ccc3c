"""Many spectra: one long table, or an archive with a file for each. Both are streams."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa

from vo_service.formats import tar
from vo_service.formats.registry import Format, find_format
from vo_service.formats.result import Param, Result, Spool
from vo_service.release.field import Field
from vo_service.services.find_facts import find_facts
from vo_service.services.get_spectrum import (
    FITS,
    FRAME,
    columns_of,
    describe,
    encode_spectrum,
    find_spectrum_format,
    tells_facts,
)
from vo_service.services.holdings import Holding
from vo_service.services.list_ids import Chosen
from vo_service.services.run_query import Answer
from vo_service.services.spectrum_columns import OBJ_ID, read_spectrum, to_batch
from vo_service.settings import Settings

TAR = "tar"
TOGETHER = 16
"""Spectra that are encoded at once."""

DESCRIBED_TOGETHER = 256
"""Of whose objects the engine is asked at once."""

MOST_TOLD = 1000
"""Unknown ids that are written out; all are counted."""

UNKNOWN_COUNT = Field("n_unknown", "int", "Ids asked for that no spectrum has", ucd="meta.number")
UNKNOWN = Field(
    "unknown",
    "char",
    f"Ids asked for that no spectrum has, the first {MOST_TOLD}",
    ucd="meta.id",
    arraysize="*",
)


@dataclass(frozen=True, slots=True)
class SpectraRequest:
    """What a client asks of many spectra.

    Attributes
    ----------
    chosen : Chosen
    frame : str
    response_format : str, optional
        Of the table, or tar.
    member_format : str, optional
        Of the files in an archive.
    size : str, optional
        Of pictures in it.
    """

    chosen: Chosen
    frame: str
    response_format: str | None = None
    member_format: str | None = None
    size: str | None = None


def get_spectra(request: SpectraRequest, holding: Holding, settings: Settings) -> Answer:
    """Answer with many spectra.

    Raises
    ------
    UsageError
        When a format is not known, or shows but one.
    """
    if is_archive(request.response_format):
        chunks = _archive(request, holding, settings)
        return Answer(tar.MEDIA_TYPE, TAR, chunks, lambda: None)
    form = find_format(request.response_format, (TAR,))
    fields = (OBJ_ID, *columns_of(request.frame, form))
    result = Result(
        fields,
        _batches(request, holding, fields),
        params=(Param(FRAME, request.frame), *_tell_unknown(request.chosen)),
        table_name=f"spectra-{request.frame}",
        spool=Spool(settings.state / "spool", settings.spool_bytes),
    )
    return Answer(form.media_type, form.extension, form.encode(result), lambda: None)


def is_archive(response_format: str | None) -> bool:
    """Whether a format is that of an archive, which may hold a single spectrum too."""
    return (response_format or "").strip().lower() in (TAR, tar.MEDIA_TYPE)


def _batches(
    request: SpectraRequest, holding: Holding, fields: tuple[Field, ...]
) -> Iterator[pa.RecordBatch]:
    for ids in _groups(request.chosen, TOGETHER):
        spectra = [read_spectrum(holding, obj_id, request.frame) for obj_id in ids]
        lengths = [len(s.columns["wave"]) for s in spectra]
        columns = {n: np.concatenate([s.columns[n] for s in spectra]) for n in spectra[0].columns}
        yield to_batch(fields, {OBJ_ID.name: np.repeat(np.array(ids), lengths), **columns})


def _groups(chosen: Chosen, size: int) -> Iterator[list[int]]:
    for start in range(0, chosen.obj_ids.size, size):
        yield chosen.obj_ids[start : start + size].tolist()


def _archive(request: SpectraRequest, holding: Holding, settings: Settings) -> Iterator[bytes]:
    form = find_spectrum_format(request.member_format or FITS.name, holding, request.size)
    made = datetime.fromisoformat(holding.release.created)
    return tar.encode_tar(_members(request, form, holding, settings), int(made.timestamp()))


def _members(
    request: SpectraRequest, form: Format, holding: Holding, settings: Settings
) -> Iterator[tuple[str, bytes]]:
    yield "members.csv", _list_members(request, form)
    for ids in _groups(request.chosen, DESCRIBED_TOGETHER):
        facts = find_facts(holding, ids) if tells_facts(form) else {}
        for obj_id in ids:
            spectrum = read_spectrum(holding, obj_id, request.frame)
            said = describe(spectrum, facts.get(obj_id, ()), holding, settings)
            file = encode_spectrum(spectrum, said, form)
            yield file.file_name, file.data


def _list_members(request: SpectraRequest, form: Format) -> bytes:
    """Say which spectrum is in which file, and which are not there."""
    chosen = request.chosen
    there = [f"{i},spectrum-{i}-{request.frame}.{form.extension}" for i in chosen.obj_ids.tolist()]
    lost = ['"' + text.replace('"', '""') + '",' for text in chosen.unknown]
    return "\n".join(["obj_id,file", *there, *lost, ""]).encode()


def _tell_unknown(chosen: Chosen) -> tuple[Param, ...]:
    told = " ".join(chosen.unknown[:MOST_TOLD])
    return Param(UNKNOWN_COUNT, len(chosen.unknown)), Param(UNKNOWN, told or None)
