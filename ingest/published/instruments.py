"""The instruments that took the spectra, and what is known of all spectra of one."""

from dataclasses import dataclass

import numpy as np

BOSS_FIRST_MJD = 55170
"""SDSS spectra from here on are of the BOSS spectrographs, earlier ones of the first two."""


@dataclass(frozen=True, slots=True)
class Instrument:
    """What is known of all spectra of an instrument.

    Attributes
    ----------
    facility, name : str, optional
    fibre : float
        Diameter on the sky [arcsec]; NaN where not known.
    power : float
        Typical resolving power; NaN where not known.
    """

    facility: str | None = None
    name: str | None = None
    fibre: float = np.nan
    power: float = np.nan


SDSS, BOSS, DESI, SIMULATED, UNKNOWN = INSTRUMENTS = (
    Instrument("Sloan Foundation 2.5m Telescope", "SDSS spectrograph", 3.0, 2000.0),
    Instrument("Sloan Foundation 2.5m Telescope", "BOSS spectrograph", 2.0, 2000.0),
    Instrument("Mayall 4m Telescope", "DESI", 1.5, 3500.0),
    Instrument("simulation", "simulation", 3.0, 2000.0),
    Instrument(),
)


def find_instruments(survey: str, mjd: np.ndarray) -> np.ndarray:
    """Tell which instrument took each spectrum.

    Parameters
    ----------
    survey : str
    mjd : float64, shape (n,)
        NaN where not known.

    Returns
    -------
    int64, shape (n,)
        Places in `INSTRUMENTS`.
    """
    if survey == "sdss":
        by_age = np.where(mjd < BOSS_FIRST_MJD, INSTRUMENTS.index(SDSS), INSTRUMENTS.index(BOSS))
        return np.where(np.isnan(mjd), INSTRUMENTS.index(UNKNOWN), by_age)
    instrument = {"desi": DESI, "mock": SIMULATED}.get(survey, UNKNOWN)
    return np.full(mjd.size, INSTRUMENTS.index(instrument))
