"""SODA 1.0: parts of spectra between two wavelengths."""

import math
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from vo_service.errors import (
    ManyValuesError,
    NotFoundError,
    OddskyError,
    QueryTimeoutError,
    TransientError,
    UsageError,
)
from vo_service.formats.registry import Format
from vo_service.services.find_facts import Facts, find_facts
from vo_service.services.get_spectrum import (
    SpectrumFile,
    describe,
    encode_spectrum,
    find_spectrum_format,
)
from vo_service.services.holdings import Holding
from vo_service.services.identity import obj_id_of
from vo_service.services.run_query import Answer
from vo_service.services.spectrum_columns import check_frame, read_spectrum
from vo_service.settings import Settings
from vo_service.uws.job import Job

METRES = 1e-10
"""Of an Angstrom."""

SLACK = 1e-9
"""Relative; clients convert units and print fewer digits. A pixel is 100,000 times as wide."""

MOST_CUTOUTS = 2000
"""Of one job: each is a file."""

PLAIN = "text/plain; charset=utf-8"

LABELS: tuple[tuple[type[OddskyError], str], ...] = (
    (ManyValuesError, "MultiValuedParamNotSupported"),
    (UsageError, "UsageError"),
    (NotFoundError, "UsageError"),
    (TransientError, "ServiceUnavailable"),
    (OddskyError, "Error"),
)
"""How SODA calls errors (section 5.2); the first that fits counts."""


@dataclass(frozen=True, slots=True)
class Band:
    """A closed interval of wavelengths [m]; open ends are infinite."""

    low: float = -math.inf
    high: float = math.inf


@dataclass(frozen=True, slots=True)
class CutoutRequest:
    """A part of a spectrum.

    Attributes
    ----------
    identifier : str
        obj_id or publisher DID.
    band : Band
    frame : str
        observed or rest, in which `band` counts.
    form : Format
    """

    identifier: str
    band: Band
    frame: str
    form: Format


def cut_out(
    request: CutoutRequest, holding: Holding, settings: Settings, known: Facts | None = None
) -> SpectrumFile | None:
    """Cut a part out of a spectrum; None where they do not overlap.

    Parameters
    ----------
    request : CutoutRequest
    holding : Holding
    settings : Settings
    known : Facts, optional
        What is known of the objects of many; None asks for this one.

    Raises
    ------
    NotFoundError
        When there is no such spectrum.
    UsageError
        When a parameter is wrong.
    """
    spectrum = read_spectrum(holding, obj_id_of(request.identifier), request.frame)
    chosen = choose_pixels(spectrum.columns["wave"], request.band)
    if chosen.start == chosen.stop:
        return None
    part = replace(spectrum, columns={n: c[chosen] for n, c in spectrum.columns.items()})
    facts = (find_facts(holding, [part.obj_id]) if known is None else known).get(part.obj_id, ())
    made = encode_spectrum(part, describe(part, facts, holding, settings), request.form)
    name, dot, extension = made.file_name.rpartition(".")
    return replace(made, file_name=f"{name}-cutout{dot}{extension}")


def choose_pixels(wave: np.ndarray, band: Band) -> slice:
    """Choose the pixels whose centres lie in a band.

    A band within the spectrum that is narrower than a pixel gets the nearest one (SODA 1.0,
    section 3.3.4: a scalar value extracts a single pixel).

    Parameters
    ----------
    wave : float64, shape (n_pix,)
        Increasing [Angstrom].
    band : Band

    Returns
    -------
    slice
        Empty where they do not overlap.
    """
    metres = wave * METRES
    low, high = band.low - SLACK * abs(band.low), band.high + SLACK * abs(band.high)
    if not metres.size or high < metres[0] or low > metres[-1]:
        return slice(0, 0)
    first, end = np.searchsorted(metres, low, "left"), np.searchsorted(metres, high, "right")
    if first == end:
        nearest = np.abs(metres[first - 1 : first + 1] - (band.low + band.high) / 2).argmin()
        first = first - 1 + nearest
        end = first + 1
    return slice(int(first), int(end))


def parse_band(text: str | None) -> Band:
    """Read BAND: two numbers in metres, -Inf and +Inf for open ends (DALI 1.1, section 3.3.4).

    Raises
    ------
    UsageError
        When it is not two numbers in their order.
    """
    if text is None:
        return Band()
    try:
        low, high = map(float, text.split())
    except ValueError:
        low = high = math.nan
    if math.isnan(low) or math.isnan(high):
        raise UsageError(
            f"BAND is '{text[:60]}'; it must be two wavelengths in metres, such as "
            "'5e-7 6e-7', or -Inf and +Inf for open ends."
        )
    if low > high:
        raise UsageError(f"BAND is '{text[:60]}'; the lesser wavelength must stand first.")
    return Band(low, high)


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
        requests = parse_requests(job.parameters)
    except UsageError as error:
        raise UsageError(label(error)) from error
    deadline = time.monotonic() + job.seconds
    known = find_facts(holding, _understood(r.identifier for r in requests.values()))
    for name, request in requests.items():
        if time.monotonic() > deadline:
            raise QueryTimeoutError(job.seconds)
        yield name, _answer(request, holding, settings, known)


def parse_requests(parameters: dict[str, list[str]]) -> dict[str, CutoutRequest]:
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
    form = find_spectrum_format(one("RESPONSEFORMAT", "FORMAT"))
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


def label(error: OddskyError) -> str:
    """Write an error as SODA does."""
    return f"{next(name for kind, name in LABELS if isinstance(error, kind))}: {error}"


def labelled(message: str) -> str:
    """Return why a job failed, as SODA writes it."""
    is_done = message.startswith(tuple(f"{name}: " for _, name in LABELS))
    return message if is_done else f"Error: {message}"


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
    return Answer(PLAIN, "txt", iter([f"{text}\n".encode()]), lambda: None)
