"""What part of sky, spectrum and time a release covers (VODataService 1.2, section 3.3)."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from vo_service.release.table import Table
from vo_service.release.tap_schema import quote_name
from vo_service.services.holdings import Holding
from vo_service.services.run_query import fetch_rows
from vo_service.services.ssa_columns import SIMULATION

ORDER = 6
"""Of the map of the sky: cells of a degree, as the standard asks for at least."""

JOULE_METRES = 1.986445857e-25
"""Energy of a photon times its wavelength: Planck's constant times the speed of light."""

SECONDS = 60.0
"""In which the map must be made; it is made once a release."""

OBSCORE = "ivoa.obscore"


@dataclass(frozen=True, slots=True)
class Coverage:
    """The coverage of a release; what is not known is empty.

    Attributes
    ----------
    spatial : str
        Cells of the sky, ICRS, as an ASCII MOC.
    spectral : (float, float), optional
        Energies of photons [J].
    temporal : (float, float), optional
        MJD.
    instruments : tuple of (str, str)
        Facilities, and an instrument of each.
    """

    spatial: str = ""
    spectral: tuple[float, float] | None = None
    temporal: tuple[float, float] | None = None
    instruments: tuple[tuple[str, str], ...] = ()

    @property
    def data_sources(self) -> tuple[str, ...]:
        """What SSA calls the origin of the spectra."""
        simulated = {facility == SIMULATION for facility, _ in self.instruments}
        return tuple({True: "artificial", False: "survey"}[s] for s in sorted(simulated or {False}))


def find_coverage(holding: Holding) -> Coverage:
    """Return the coverage of a release; it is computed once."""
    return holding.once(_measure)


def write_moc(cells: np.ndarray, order: int) -> str:
    """Write cells as an ASCII MOC (MOC 2.0, section 4.3.2), as few and large as they can be.

    Parameters
    ----------
    cells : int64, shape (n,)
        NESTED cells.
    order : int
        Of the cells; the text tells it even where all of them became larger ones.
    """
    levels: list[str] = []
    cells = np.unique(cells)
    while cells.size:
        parents, children = np.unique(cells >> 2, return_counts=True)
        # Where all four children are there, the parent says as much.
        whole = parents[children == 4] if order else parents[:0]
        rest = cells[~np.isin(cells >> 2, whole)]
        if rest.size or not levels:
            levels.append(f"{order}/{' '.join(_spans(rest))}")
        cells, order = whole, order - 1
    return " ".join(reversed(levels))


def _spans(cells: np.ndarray) -> Iterator[str]:
    runs = np.split(cells, np.flatnonzero(np.diff(cells) > 1) + 1) if cells.size else []
    for run in runs:
        yield str(run[0]) if run.size == 1 else f"{run[0]}-{run[-1]}"


def _measure(holding: Holding) -> Coverage:
    tables = holding.release.tables
    observed = next((t for t in tables if t.full_name == OBSCORE), None)
    placed = observed or next((t for t in tables if t.has_sky), None)
    spatial = write_moc(_cells(holding, placed), ORDER) if placed else ""
    if observed is None:
        return Coverage(spatial)
    waves = _limits(observed, "em_min", "em_max")
    spectral = (JOULE_METRES / waves[1], JOULE_METRES / waves[0]) if waves else None
    temporal = _limits(observed, "t_min", "t_max")
    return Coverage(spatial, spectral, temporal, _instruments(holding))


def _cells(holding: Holding, table: Table) -> np.ndarray:
    ra, dec = table.by_role("ra"), table.by_role("dec")
    assert ra is not None and dec is not None, "asked for only where has_sky"
    place = f"{quote_name(ra.name)}, {quote_name(dec.name)}"
    query = f"SELECT DISTINCT ivo_healpix_index({ORDER}, {place}) AS cell FROM {table.full_name}"
    found = [batch["cell"] for batch in fetch_rows(query, holding, SECONDS)]
    cells = [column.drop_null().to_numpy() for column in found]
    return np.concatenate([np.empty(0, np.int64), *cells])


def _limits(table: Table, least: str, greatest: str) -> tuple[float, float] | None:
    measured = table.measured
    if least not in measured or greatest not in measured:
        return None
    low, high = measured[least].min_value, measured[greatest].max_value
    return (low, high) if low is not None and high is not None else None


def _instruments(holding: Holding) -> tuple[tuple[str, str], ...]:
    query = f"SELECT DISTINCT facility_name, instrument_name FROM {OBSCORE}"
    rows = [row for batch in fetch_rows(query, holding, SECONDS) for row in batch.to_pylist()]
    named = {(row["facility_name"], row["instrument_name"]) for row in rows}
    return tuple(sorted(pair for pair in named if None not in pair))
