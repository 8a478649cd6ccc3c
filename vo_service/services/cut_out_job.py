"""The jobs of SODA 1.0: every ID with every BAND, a result for each."""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import product

from vo_service.errors import NotFoundError, OddskyError, QueryTimeoutError, UsageError
from vo_service.services.cut_out import Band, CutoutRequest, cut_out, parse_band
from vo_service.services.find_facts import Facts, find_facts
from vo_service.services.get_spectrum import find_spectrum_format
from vo_service.services.holdings import Holding
from vo_service.services.identity import obj_id_of
from vo_service.services.run_query import Answer
from vo_service.services.soda_errors import MEDIA_TYPE, label
from vo_service.services.spectrum_columns import check_frame
from vo_service.settings import Settings
from vo_service.uws.job import Job

MOST_CUTOUTS = 2000
"""Of one job: each is a file."""


def cut_all(
    job: Job, _uploads: dict[str, bytes], holding: Holding, settings: Settings
) -> Iterator[tuple[str, Answer]]:
    """Do the job of SODA: a result for each ID and BAND, in words where there is no such part.

    Raises
    ------
    UsageError
        When a parameter is wrong or there are too many, its text labelled as SODA does.
    QueryTimeoutError
        When it takes longer than the job may.
    """
    try:
        requests = parse_requests(job.parameters, holding)
    except UsageError as error:
        raise UsageError(label(error)) from error
    deadline = time.monotonic() + job.seconds
    known = find_facts(holding, _understood(r.identifier for r in requests.values()))
    for name, request in requests.items():
        if time.monotonic() > deadline:
            raise QueryTimeoutError(job.seconds)
        yield name, _answer(request, holding, settings, known)


def parse_requests(parameters: dict[str, list[str]], holding: Holding) -> dict[str, CutoutRequest]:
    """Read the cut-outs that a job asks for: every ID with every BAND, by the names of results.

    `cutout-2-1` is that of the second ID with the first BAND.

    Raises
    ------
    UsageError
        When a parameter is wrong, or they are too many.
    """

    def one(*names: str) -> str | None:
        return next((v for n in names for v in parameters.get(n, []) if v.strip()), None)

    identifiers = given(parameters.get("ID", []))
    if not identifiers:
        raise UsageError("ID is missing; give the obj_id or the publisher DID of a spectrum.")
    bands = [parse_band(text) for text in given(parameters.get("BAND", []))] or [Band()]
    frame = check_frame(one("FRAME"))
    form = find_spectrum_format(one("RESPONSEFORMAT", "FORMAT"), holding)
    count = len(identifiers) * len(bands)
    if count > MOST_CUTOUTS:
        raise UsageError(
            f"{count} cut-outs are asked for; a job makes at most {MOST_CUTOUTS}. Run several jobs."
        )
    return {
        f"cutout-{i}-{j}": CutoutRequest(identifier, band, frame, form)
        for (i, identifier), (j, band) in product(enumerate(identifiers, 1), enumerate(bands, 1))
    }


def given(values: Sequence[str]) -> list[str]:
    """Return what is not empty, each once."""
    return list(dict.fromkeys(v.strip() for v in values if v.strip()))


def _understood(identifiers: Iterable[str]) -> list[int]:
    """Return the obj_ids of those that are some, each once."""
    found: dict[int, None] = {}
    for identifier in identifiers:
        with suppress(OddskyError):
            found[obj_id_of(identifier)] = None
    return list(found)


def _answer(request: CutoutRequest, holding: Holding, settings: Settings, known: Facts) -> Answer:
    try:
        made = cut_out(request, holding, settings, known)
    except (UsageError, NotFoundError) as error:
        return _text_answer(label(error))
    if made is None:
        band = f"{request.band.low:g} {request.band.high:g}"
        return _text_answer(
            f"UsageError: Spectrum {request.identifier[:80]} has nothing in BAND={band} m."
        )
    extension = made.file_name.rpartition(".")[2]
    return Answer(made.media_type, extension, iter([made.data]), lambda: None)


def _text_answer(text: str) -> Answer:
    return Answer(MEDIA_TYPE, "txt", iter([f"{text}\n".encode()]), lambda: None)
