"""Simple Spectral Access 1.1."""

import math

from flask import Blueprint, Response

from vo_service.errors import UsageError
from vo_service.services.ranges import Range, Read, parse_ranges, read_number, read_time
from vo_service.services.search_spectra import SpectrumRequest, search_spectra
from vo_service.services.spectrum_formats import METADATA, find_spectrum_format
from vo_service.services.spectrum_inputs import DEFAULT_DIAMETER
from vo_service.web.context import base_url, context, holding
from vo_service.web.http import conditional, wanted_rows
from vo_service.web.params import Params
from vo_service.web.streaming import stream

blueprint = Blueprint("ssa", __name__, url_prefix="/ssa")

VERSIONS = ("1", "1.0", "1.1")
FRAMES = ("", "ICRS")


@blueprint.route("", methods=["GET", "POST"])
def ssa() -> Response:
    """Answer with the spectra that a client looks for, one row each."""
    return conditional(_answer)


def _answer() -> Response:
    params = Params()
    _check_operation(params)
    answer = search_spectra(_read_request(params), holding(), context().settings)
    return stream(answer, "spectra", as_file=answer.extension not in ("vot",))


def _check_operation(params: Params) -> None:
    operation, version = params.text("REQUEST") or "queryData", params.text("VERSION") or "1.1"
    if operation.lower() != "querydata":
        raise UsageError(f"REQUEST is '{operation[:40]}'; it must be queryData.")
    if version not in VERSIONS:
        raise UsageError(f"VERSION is '{version[:20]}'; this service speaks 1.1.")


def _read_request(params: Params) -> SpectrumRequest:
    formats = params.text("FORMAT") or "all"
    is_metadata = formats.strip().lower() == METADATA
    return SpectrumRequest(
        position=_position(params),
        diameter=_diameter(params),
        band=_ranges(params, "BAND", _read_wavelength),
        time=_ranges(params, "TIME", read_time),
        redshift=_ranges(params, "REDSHIFT", read_number("REDSHIFT", "a number or a/b")),
        power=_least(params, "SPECRP"),
        snr=_least(params, "SNR"),
        names=_texts(params, "TARGETNAME"),
        collections=_texts(params, "COLLECTION"),
        dids=_texts(params, "PUBDID"),
        detector=params.text("DETECTOR"),
        rank=_ranges(params, "RANK", read_number("RANK", "a rank or a range of such, as 1/500")),
        region=params.text("REGION"),
        oddness=_ranges(params, "ODDNESS", read_number("ODDNESS", "a rank or a range, as 1/500")),
        form=find_spectrum_format("all" if is_metadata else formats),
        metadata=is_metadata,
        max_rows=wanted_rows(params),
        top=params.count("TOP"),
        response_format=params.text("RESPONSEFORMAT"),
        base_url=base_url(),
    )


def _position(params: Params) -> tuple[float, float] | None:
    text = params.text("POS")
    if text is None:
        return None
    numbers, _, frame = text.partition(";")
    if frame.strip().upper() not in FRAMES:
        raise UsageError(f"POS is in the frame '{frame[:20]}'; give it in ICRS.")
    read = read_number("POS", "right ascension and declination in degrees, as 180.5,-1.25")
    values = [read(part)[0] for part in numbers.split(",")]
    if len(values) != 2:
        raise UsageError(f"POS is '{text[:40]}'; it must be two numbers, as 180.5,-1.25.")
    ra, dec = values
    if not (0 <= ra <= 360 and -90 <= dec <= 90):
        raise UsageError(
            f"POS is '{text[:40]}'; right ascension lies between 0 and 360 degrees, declination "
            "between -90 and 90."
        )
    return ra, dec


def _diameter(params: Params) -> float:
    diameter = params.number("SIZE")
    if diameter is None:
        return DEFAULT_DIAMETER
    if not 0 <= diameter <= 360:
        raise UsageError(f"SIZE is {diameter:g}; it must lie between 0 and 360 degrees.")
    return diameter


def _read_wavelength(text: str) -> tuple[float, float]:
    meaning = "a wavelength in metres, or a range of such, as 4e-7/7e-7"
    ends = read_number("BAND", meaning)(text)
    if ends[0] <= 0:
        raise UsageError(f"BAND is '{text[:40]}'; it must be {meaning}.")
    return ends


def _ranges(params: Params, name: str, read: Read) -> tuple[Range, ...]:
    text = params.text(name)
    return parse_ranges(name, text, read) if text else ()


def _least(params: Params, name: str) -> tuple[Range, ...]:
    """Read what must be reached at least; NaN is no number."""
    value = params.number(name)
    if value is None:
        return ()
    if not math.isfinite(value) or value < 0:
        raise UsageError(f"{name} is {value:g}; it must be a number from 0 on.")
    return (Range(value, None),)


def _texts(params: Params, name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in (params.text(name) or "").split(",") if part.strip())
