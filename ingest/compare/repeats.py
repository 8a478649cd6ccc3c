"""Spectra of one source: the same place on the sky at the same redshift."""

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

RADIUS_ARCSEC = 2.0
MAX_VELOCITY = 300.0
"""Spectra of one source differ by less in redshift [km/s]."""

_SPEED_OF_LIGHT = 299792.458


def find_sources(ra_deg: np.ndarray, dec_deg: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Group spectra into sources.

    Parameters
    ----------
    ra_deg, dec_deg, z : float64, shape (n_spec,)

    Returns
    -------
    int64, shape (n_spec,)
        Row of the first spectrum of the same source.
    """
    n = z.size
    if n == 0:
        return np.empty(0, np.int64)
    ra, dec = np.radians(ra_deg), np.radians(dec_deg)
    vectors = np.stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], axis=1)
    chord = 2 * np.sin(np.radians(RADIUS_ARCSEC / 3600) / 2)
    pairs = KDTree(vectors).query_pairs(chord, output_type="ndarray")
    a, b = pairs[:, 0], pairs[:, 1]
    same = np.abs(z[a] - z[b]) * _SPEED_OF_LIGHT < MAX_VELOCITY * (1 + z[a])
    a, b = a[same], b[same]
    links = coo_array((np.ones(a.size, bool), (a, b)), shape=(n, n))
    groups = connected_components(links, directed=False)[1]
    first = np.full(groups.max() + 1, n, np.int64)
    np.minimum.at(first, groups, np.arange(n))
    return first[groups]


def find_primary(sources: np.ndarray, sn_median: np.ndarray) -> np.ndarray:
    """Mark the spectrum of highest signal-to-noise ratio of each source, bool, shape (n_spec,)."""
    order = np.lexsort((np.arange(sources.size), -np.nan_to_num(sn_median, nan=-1.0), sources))
    ordered = sources[order]
    primary = np.zeros(sources.size, bool)
    primary[order[np.concatenate([[True], ordered[1:] != ordered[:-1]])[: sources.size]]] = True
    return primary
