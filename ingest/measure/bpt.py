"""The planes of Baldwin, Phillips & Terlevich (1981) and Veilleux & Osterbrock (1987)."""

from collections.abc import Sequence

import numpy as np

from ingest.measure.lines import LineFits

RATIOS = {
    "bpt_nii_x": (("nii_6585",), ("halpha",)),
    "bpt_nii_y": (("oiii_5008",), ("hbeta",)),
    "bpt_sii_x": (("sii_6718", "sii_6733"), ("halpha",)),
    "bpt_oi_x": (("oi_6302",), ("halpha",)),
}
"""Lines whose fluxes are added, over others."""


def measure_ratios(fits: LineFits) -> dict[str, np.ndarray]:
    """Return log10 of the line ratios, float64, shape (n_spec,); NaN unless all are detected."""
    return {name: _log_ratio(fits, above, below) for name, (above, below) in RATIOS.items()}


def _log_ratio(fits: LineFits, above: Sequence[str], below: Sequence[str]) -> np.ndarray:
    detected = np.all([fits.column("detected", n) for n in (*above, *below)], axis=0)
    top = np.sum([fits.column("flux", n) for n in above], axis=0, dtype=np.float64)
    bottom = np.sum([fits.column("flux", n) for n in below], axis=0, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(detected, np.log10(top / bottom), np.nan)
