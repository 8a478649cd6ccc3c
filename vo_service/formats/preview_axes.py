"""What a picture of a spectrum shows, worked out before anything is drawn."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from vo_service.formats.result import Param, Result

Lines = tuple[tuple[str, float, str], ...]
"""Label, wavelength [Angstrom], and emission or absorption."""

WHOLE = "whole"
"""The region that is not shaded."""

MOST_NAMED = 3
"""Regions whose rank is told in words."""


@dataclass(frozen=True, slots=True)
class Shade:
    """A region as it is shaded: limits in the frame of the picture, oddness 0 to 1, rank."""

    name: str
    lo: float
    hi: float
    oddness: float
    rank: int | None


@dataclass(frozen=True, slots=True)
class Panel:
    """What is drawn.

    Attributes
    ----------
    wave, flux, error : float64, shape (n_pix,)
        NaN, and error 0 or NaN, where nothing is known.
    model, residual : float64, shape (n_pix,), optional
    regions : tuple of Shade
    lines : tuple of (str, float, str)
        In the frame of the picture.
    title, oddities, frame : str
    """

    wave: np.ndarray
    flux: np.ndarray
    error: np.ndarray
    model: np.ndarray | None
    residual: np.ndarray | None
    regions: tuple[Shade, ...]
    lines: Lines
    title: str
    oddities: str
    frame: str

    @classmethod
    def read(cls, result: Result, rows: pa.Table, lines: Lines) -> "Panel":
        """Take a spectrum apart."""
        said = {p.field.role or p.field.name: p for p in result.params}
        is_rest = _value(said, "frame") == "rest"
        z = _value(said, "redshift")
        stretch = 1.0 if is_rest else 1.0 + z if z is not None else None
        columns = {n: np.asarray(rows[n].to_numpy(), np.float64) for n in rows.column_names}
        with np.errstate(divide="ignore"):
            error = np.where(columns["ivar"] > 0, 1 / np.sqrt(columns["ivar"]), np.nan)
        # Lines and regions are of the rest frame: nobody knows where they are without a redshift.
        shades = _shades(said, stretch) if stretch else ()
        return cls(
            columns["wave"], columns["flux"], error, _known(columns.get("model")),
            _known(columns.get("residual")), shades,
            tuple((label, wave * stretch, kind) for label, wave, kind in lines) if stretch else (),
            _title(said), _oddities(said, shades), "rest frame" if is_rest else "observed",
        )  # fmt: skip


def round_limits(panel: Panel) -> tuple[float, float]:
    """Return the limits of the flux: all that is well measured, without the noise of bad pixels."""
    good = np.isfinite(panel.flux) & (panel.error > 0)
    if not good.any():
        return 0.0, 1.0
    flux, error = panel.flux[good], panel.error[good]
    low, high = np.quantile(flux, [0.003, 0.997])
    sure = flux[flux > 5 * error]
    high, low = max(high, sure.max(initial=high)), min(low, 0.0 if low < 0.3 * high else low)
    margin = 0.05 * (high - low) or 1.0
    return float(low - margin), float(high + margin)


def place_labels(waves: np.ndarray, step: float, low: float, high: float) -> np.ndarray:
    """Move labels apart, as little as need be.

    Parameters
    ----------
    waves : float64, shape (n,), increasing
    step : float
        Room of a label.
    low, high : float
        Where labels may stand.

    Returns
    -------
    float64, shape (n,)
        Increasing by at least the step, where all of them have room.
    """
    steps = step * np.arange(waves.size)
    if not waves.size:
        return waves
    # Clusters that meet become one, centred on its lines: isotonic regression of the offsets.
    wanted = _pool(waves - steps)
    return np.clip(wanted, low, max(low, high - steps[-1])) + steps


def _pool(values: np.ndarray) -> np.ndarray:
    """Return the non-decreasing values that are closest, by pooling adjacent violators."""
    pools: list[tuple[float, int]] = []
    for value in values.tolist():
        mean, count = value, 1
        while pools and pools[-1][0] > mean:
            other, size = pools.pop()
            mean, count = (mean * count + other * size) / (count + size), count + size
        pools.append((mean, count))
    return np.repeat([m for m, _ in pools], [n for _, n in pools])


def _value(said: dict[str, Param], role: str) -> Any:
    return said[role].value if role in said else None


def _known(values: np.ndarray | None) -> np.ndarray | None:
    return values if values is not None and np.isfinite(values).any() else None


def _shades(said: dict[str, Param], stretch: float) -> tuple[Shade, ...]:
    names = [
        role.split(":")[1] for role in said if role.startswith("region:") and role.endswith(":lo")
    ]
    count = _value(said, "spectra")
    return tuple(
        Shade(
            name,
            stretch * _value(said, f"region:{name}:lo"),
            stretch * _value(said, f"region:{name}:hi"),
            _oddness(_value(said, f"oddness:{name}"), count),
            _value(said, f"oddness:{name}"),
        )
        for name in names
        if name != WHOLE
    )


def _oddness(rank: int | None, count: int | None) -> float:
    """Return 1 for the strangest and 0 for the last, by the logarithm of the rank."""
    if not rank or not count or count < 2:
        return 0.0
    return max(0.0, 1 - math.log(rank) / math.log(count))


def _title(said: dict[str, Param]) -> str:
    name = _value(said, "name") or f"obj_id {_value(said, 'id')}"
    z = _value(said, "redshift")
    return name if z is None else f"{name}    z = {z:.4f}"


def _oddities(said: dict[str, Param], shades: tuple[Shade, ...]) -> str:
    ranked = sorted((s for s in shades if s.rank), key=lambda s: s.rank or 0)[:MOST_NAMED]
    words = ", ".join(f"{s.name} {s.rank}" for s in ranked)
    count = _value(said, "spectra")
    told = f"    rank by oddness, of {count}: {words}" if words else ""
    return f"obj_id {_value(said, 'id')}{told}"
