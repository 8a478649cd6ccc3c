"""SODA 1.0: parts of spectra between two wavelengths."""

import math
from dataclasses import dataclass, replace

import numpy as np

from vo_service.errors import UsageError
from vo_service.formats.registry import Format
from vo_service.services.find_facts import Facts, find_facts
from vo_service.services.get_spectrum import SpectrumFile, describe, encode_spectrum
from vo_service.services.holdings import Holding
from vo_service.services.identity import obj_id_of
from vo_service.services.spectrum_columns import read_spectrum
from vo_service.settings import Settings

METRES = 1e-10
"""Of an Angstrom."""

SLACK = 1e-9
"""Relative; clients convert units and print fewer digits. A pixel is 100,000 times as wide."""


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
