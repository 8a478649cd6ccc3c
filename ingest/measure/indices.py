"""What a spectrum is said to be beside its lines: the 4000 A break, absorption, widths, Na D."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from ingest.measure.bands import (
    D4000_BANDS,
    HDELTA_A,
    NAD,
    AbsorptionIndex,
    measure_absorption,
    measure_break,
    span,
)
from ingest.measure.linelist import read_lines
from ingest.measure.lines import LineFits, draw_lines
from ingest.measure.sodium import measure_sodium
from ingest.subspaces import GRID

FILLING = {"hdelta": (HDELTA_A,), "hei_5877": (NAD,)}
"""Emission lines that fill absorption bands, and are taken away where they are detected."""

SURE_SIGMA = 5.0
"""Errors that a line must exceed for its family to have a width."""


@dataclass(frozen=True, slots=True)
class Indices:
    """Measurements of whole spectra; float32, shape (n_spec,), named as published.

    Attributes
    ----------
    d4000, d4000_err : narrow 4000 A break (Balogh et al. 1999), no unit; NaN where not covered
    hdelta_abs, hdelta_abs_err : H-delta_A (Worthey & Ottaviani 1997), emission taken away where
        detected, rest frame, positive in absorption [Angstrom]; NaN where not covered
    nad_abs, nad_abs_err : Na D (Worthey et al. 1994), He I 5877 taken away where detected,
        likewise
    nad_offset, nad_offset_err : velocity of Na D, of stars and gas together, against the redshift,
        negative towards the observer [km/s]; NaN where it is not detected
    sigma_balmer, sigma_balmer_err : Gaussian width of the recombination lines, the instrument's in
        it, 50 to 700 [km/s]; NaN where none exceeds five of its errors
    sigma_forbidden, sigma_forbidden_err : of the forbidden lines, likewise
    """

    d4000: np.ndarray
    d4000_err: np.ndarray
    hdelta_abs: np.ndarray
    hdelta_abs_err: np.ndarray
    nad_abs: np.ndarray
    nad_abs_err: np.ndarray
    nad_offset: np.ndarray
    nad_offset_err: np.ndarray
    sigma_balmer: np.ndarray
    sigma_balmer_err: np.ndarray
    sigma_forbidden: np.ndarray
    sigma_forbidden_err: np.ndarray

    def columns(self) -> dict[str, np.ndarray]:
        """Return all by name."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    @classmethod
    def concatenate(cls, parts: Sequence["Indices"]) -> "Indices":
        """Put the indices of chunks of spectra after one another."""
        return cls(
            **{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(cls)}
        )


def measure_indices(flux: np.ndarray, ivar: np.ndarray, z: np.ndarray, fits: LineFits) -> Indices:
    """Measure all indices of spectra.

    Parameters
    ----------
    flux, ivar : float32, shape (n_spec, n_grid)
        On the common grid; ivar 0 marks a missing pixel.
    z : float64, shape (n_spec,)
    fits : LineFits
        Of the same spectra; with the lines of `FILLING`.
    """
    values: dict[str, np.ndarray] = {}
    breaks = span(D4000_BANDS)
    values["d4000"], values["d4000_err"] = measure_break(
        flux[:, breaks].astype(np.float64), ivar[:, breaks].astype(np.float64)
    )
    for name, index in (("hdelta_abs", HDELTA_A), ("nad_abs", NAD)):
        clean, weight = _without_emission(index, flux, ivar, z, fits)
        values[name], values[f"{name}_err"] = measure_absorption(index, clean, weight)
        if index is NAD:
            values["nad_offset"], values["nad_offset_err"] = measure_sodium(clean, weight)
    for family in ("balmer", "forbidden"):
        value, error = family_width(fits, family)
        values[f"sigma_{family}"], values[f"sigma_{family}_err"] = value, error
    return Indices(**{name: value.astype(np.float32) for name, value in values.items()})


def family_width(fits: LineFits, family: str) -> tuple[np.ndarray, np.ndarray]:
    """Return width and error of a family [km/s], (n_spec,) each; NaN where no line is sure."""
    known = {line.name for line in read_lines() if line.family == family}
    members = np.array([i for i, name in enumerate(fits.names) if name in known])
    # Of many lines one or another exceeds three errors by chance.
    sure = fits.flux[:, members] > SURE_SIGMA * fits.flux_err[:, members]
    # Tied widths: any line of the family has the width of all.
    rows, chosen = np.arange(len(sure)), members[sure.argmax(axis=1)]
    value, error = fits.sigma[rows, chosen], fits.sigma_err[rows, chosen]
    seen = sure.any(axis=1)
    return np.where(seen, value, np.nan), np.where(seen, error, np.nan)


def _without_emission(
    index: AbsorptionIndex, flux: np.ndarray, ivar: np.ndarray, z: np.ndarray, fits: LineFits
) -> tuple[np.ndarray, np.ndarray]:
    """Return flux, free of emission, and inverse variance in the span of an index, float64."""
    pixels = span(index.bands)
    filling = tuple(line for line in read_lines() if index in FILLING.get(line.name, ()))
    emission = draw_lines(fits, filling, z, GRID.wave[pixels])
    return flux[:, pixels] - emission, ivar[:, pixels].astype(np.float64)
