"""The planes of Baldwin, Phillips & Terlevich (1981), Veilleux & Osterbrock (1987), and WHAN.

An object lies on a plane or does not: both coordinates are NaN unless all lines are detected. WHAN
is log [N II]/H-alpha against log of the equivalent width of H-alpha (Cid Fernandes et al. 2011).
"""

from collections.abc import Sequence

import numpy as np

from ingest.measure.lines import LineFits

SHOCKED = {
    "bpt_nii": ("nii_6585",),
    "bpt_sii": ("sii_6718", "sii_6733"),
    "bpt_oi": ("oi_6302",),
}
"""Lines whose fluxes are added, over H-alpha, by plane; [O III] over H-beta stands against them."""


def measure_ratios(fits: LineFits) -> dict[str, np.ndarray]:
    """Return the coordinates of all planes by column, log10, float64, shape (n_spec,)."""
    placed: dict[str, np.ndarray] = {}
    excited = _log_ratio(fits, ("oiii_5008",), ("hbeta",))
    for plane, lines in SHOCKED.items():
        placed |= _place(plane, _log_ratio(fits, lines, ("halpha",)), excited)
    with np.errstate(divide="ignore", invalid="ignore"):
        strength = np.log10(fits.column("ew", "halpha").astype(np.float64))
    return placed | _place("whan", _log_ratio(fits, ("nii_6585",), ("halpha",)), strength)


def _place(plane: str, x: np.ndarray, y: np.ndarray) -> dict[str, np.ndarray]:
    on_plane = np.isfinite(x) & np.isfinite(y)
    return {f"{plane}_{axis}": np.where(on_plane, v, np.nan) for axis, v in (("x", x), ("y", y))}


def _log_ratio(fits: LineFits, above: Sequence[str], below: Sequence[str]) -> np.ndarray:
    detected = np.all([fits.column("detected", n) for n in (*above, *below)], axis=0)
    top = np.sum([fits.column("flux", n) for n in above], axis=0, dtype=np.float64)
    bottom = np.sum([fits.column("flux", n) for n in below], axis=0, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(detected, np.log10(top / bottom), np.nan)
