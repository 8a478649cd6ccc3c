"""The galaxies that Reis et al. (2019) name, and which of them a run holds."""

from importlib.resources import files

import numpy as np
import pyarrow as pa
import pyarrow.csv
from scipy.spatial import KDTree

RADIUS_ARCSEC = 3.0
"""A spectrum as near as this is of the galaxy: an SDSS fibre's width."""


def read_known() -> pa.Table:
    """Read the entries of the paper's tables (arXiv 1911.06823, B.1, C.2 to C.6 and text).

    Returns
    -------
    pyarrow.Table
        One row per entry: `name` (IAU), `ra`, `dec` (degree, from the name), `paper_table`,
        `topic`, `comment`, `detected_by`, null where the paper says nothing. 49 galaxies stand in
        54 entries.
    """
    path = files("ingest") / "known_objects.csv"
    as_text = pyarrow.csv.ConvertOptions(
        strings_can_be_null=True, column_types={"ra": pa.float64(), "dec": pa.float64()}
    )
    with path.open("rb") as stream:
        return pyarrow.csv.read_csv(stream, convert_options=as_text)


def match_known(
    known: pa.Table,
    ra_deg: np.ndarray,
    dec_deg: np.ndarray,
    sn_median: np.ndarray,
    ids: np.ndarray,
) -> np.ndarray:
    """Find the spectrum of each entry.

    Parameters
    ----------
    known : pyarrow.Table
        Of `read_known`.
    ra_deg, dec_deg : float64, shape (n_spec,)
        ICRS; NaN where unknown.
    sn_median : float, shape (n_spec,)
    ids : int64, shape (n_spec,)

    Returns
    -------
    int64, shape (n_known,)
        Row of the spectrum within `RADIUS_ARCSEC`; of several that of the highest S/N, of equal
        ones that of the least id; -1 where there is none.
    """
    found = np.full(known.num_rows, -1, np.int64)
    placed = np.flatnonzero(np.isfinite(ra_deg) & np.isfinite(dec_deg))
    # The best last, so that it is the one that stays.
    brightness = np.nan_to_num(sn_median[placed], nan=-np.inf)
    placed = placed[np.lexsort((-ids[placed], brightness))]
    chord = 2 * np.sin(np.radians(RADIUS_ARCSEC / 3600) / 2)
    there = KDTree(_vectors(known["ra"].to_numpy(), known["dec"].to_numpy()))
    here = KDTree(_vectors(ra_deg[placed], dec_deg[placed]))
    pairs = there.sparse_distance_matrix(here, chord, output_type="ndarray")
    np.maximum.at(found, pairs["i"], pairs["j"])
    return np.where(found >= 0, placed[found] if placed.size else -1, -1)


def _vectors(ra_deg: np.ndarray, dec_deg: np.ndarray) -> np.ndarray:
    ra, dec = np.radians(ra_deg), np.radians(dec_deg)
    return np.stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], axis=1)
