"""The shapes in which spectra travel between the rooms of the ingest.

All arrays are read-only by convention; shapes are checked when a batch is made.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

FACT_SCHEMA = pa.schema(
    [
        ("survey_id", pa.string()),  # as the survey writes it
        ("source_file", pa.string()),
        ("ra", pa.float64()),  # ICRS [deg]
        ("dec", pa.float64()),
        ("z", pa.float64()),  # the redshift that is used
        ("z_err", pa.float64()),
        ("z_pipeline", pa.float64()),  # the pipeline's first choice
        ("z_source", pa.string()),  # the survey's name of the column behind z
        ("z_warning", pa.int32()),
        ("spec_class", pa.string()),
        ("subclass", pa.string()),
        ("sn_median", pa.float64()),
        ("vdisp", pa.float64()),  # [km/s]
        ("ebv", pa.float64()),  # Galactic reddening [mag]
        ("plate", pa.int32()),
        ("mjd", pa.int32()),
        ("fiberid", pa.int32()),
        ("run2d", pa.string()),
    ]
)
"""What is known of a spectrum beside its pixels; null where the survey is silent."""


@dataclass(frozen=True, slots=True)
class Spectrum:
    """One observed spectrum as the survey wrote it.

    Attributes
    ----------
    facts : dict
        Values by name of `FACT_SCHEMA`; a missing or None value becomes null.
    flux, ivar, sky : float32, shape (n_pix,)
        Flux density [1e-17 erg s-1 cm-2 Angstrom-1], its inverse variance, sky model.
    mask : int32, shape (n_pix,)
        The survey's own bad-pixel bits.
    loglam0, loglam_step : float
        log10 of the first vacuum wavelength [Angstrom] and its step [dex]; NaN when `wave` is set.
    wave : float64, shape (n_pix,), optional
        Vacuum wavelength [Angstrom] where the grid is not log-linear.
    """

    facts: dict[str, Any]
    flux: np.ndarray
    ivar: np.ndarray
    mask: np.ndarray
    sky: np.ndarray
    loglam0: float
    loglam_step: float
    wave: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class SpectrumBatch:
    """Many observed spectra, their pixels laid end to end.

    Attributes
    ----------
    facts : pyarrow.Table
        `FACT_SCHEMA`, one row per spectrum.
    offsets : int64, shape (n_spec + 1,)
        Spectrum i holds pixels offsets[i]:offsets[i + 1].
    flux, ivar, sky : float32, shape (n_pix_total,)
    mask : int32, shape (n_pix_total,)
    loglam0, loglam_step : float64, shape (n_spec,)
        NaN for spectra whose wavelengths are explicit.
    wave : float64, shape (n_pix_total,), optional
        Present when any spectrum has explicit wavelengths [Angstrom].
    """

    facts: pa.Table
    offsets: np.ndarray
    flux: np.ndarray
    ivar: np.ndarray
    mask: np.ndarray
    sky: np.ndarray
    loglam0: np.ndarray
    loglam_step: np.ndarray
    wave: np.ndarray | None = None

    def __post_init__(self) -> None:
        n_spec, n_pix = self.facts.num_rows, int(self.offsets[-1])
        _check("offsets", self.offsets, (n_spec + 1,))
        for name in ("loglam0", "loglam_step"):
            _check(name, getattr(self, name), (n_spec,))
        for name in ("flux", "ivar", "mask", "sky"):
            _check(name, getattr(self, name), (n_pix,))
        if self.wave is not None:
            _check("wave", self.wave, (n_pix,))

    def __len__(self) -> int:
        return self.facts.num_rows

    def take(self, rows: np.ndarray) -> "SpectrumBatch":
        """Return the spectra at these row numbers, in their order."""
        # Whole slices: an index for every pixel takes four times as long.
        held = [
            slice(*ends) for ends in zip(self.offsets[rows], self.offsets[rows + 1], strict=True)
        ]

        def pick(pixels: np.ndarray) -> np.ndarray:
            return _join([pixels[part] for part in held], pixels.dtype)

        return SpectrumBatch(
            facts=self.facts.take(rows),
            offsets=np.concatenate([[0], np.cumsum(np.diff(self.offsets)[rows])]).astype(np.int64),
            flux=pick(self.flux),
            ivar=pick(self.ivar),
            mask=pick(self.mask),
            sky=pick(self.sky),
            loglam0=self.loglam0[rows],
            loglam_step=self.loglam_step[rows],
            wave=None if self.wave is None else pick(self.wave),
        )

    @classmethod
    def collect(cls, spectra: list[Spectrum]) -> "SpectrumBatch":
        """Lay single spectra end to end."""
        columns = {name: [s.facts.get(name) for s in spectra] for name in FACT_SCHEMA.names}
        sizes = np.array([s.flux.size for s in spectra], np.int64)
        explicit = any(s.wave is not None for s in spectra)
        return cls(
            facts=pa.table(columns, schema=FACT_SCHEMA),
            offsets=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
            flux=_join([s.flux for s in spectra], np.float32),
            ivar=_join([s.ivar for s in spectra], np.float32),
            mask=_join([s.mask for s in spectra], np.int32),
            sky=_join([s.sky for s in spectra], np.float32),
            loglam0=np.array([s.loglam0 for s in spectra], np.float64),
            loglam_step=np.array([s.loglam_step for s in spectra], np.float64),
            wave=_join([_wavelengths(s) for s in spectra], np.float64) if explicit else None,
        )


@dataclass(frozen=True, slots=True)
class GriddedBatch:
    """Spectra on the common rest-frame grid.

    Attributes
    ----------
    flux : float32, shape (n_spec, n_grid)
        Flux density in the survey's units, observed frame scale, not normalised; 0 where missing.
    ivar : float32, shape (n_spec, n_grid)
        Its inverse variance; 0 marks a missing pixel.
    """

    flux: np.ndarray
    ivar: np.ndarray

    def __post_init__(self) -> None:
        _check("ivar", self.ivar, self.flux.shape)

    def __len__(self) -> int:
        return self.flux.shape[0]


@dataclass(frozen=True, slots=True)
class MapPoints:
    """What one region's map says of every spectrum.

    A spectrum whose coverage of the region is too low has NaN (-1 for neighbours) everywhere.

    Attributes
    ----------
    xy : float32, shape (n_spec, 2)
        Place on the map, no unit.
    components : float32, shape (n_spec, k + 1)
        Half the tilt, and PCA coefficients of the spectrum over its straight line.
    neighbours : int32, shape (n_spec, n_neighbours)
        Row numbers of the nearest spectra in the space of components, nearest first.
    distances : float32, shape (n_spec, n_neighbours)
        Euclidean distances to them.
    far, resid, isolation : float32, shape (n_spec,)
        Oddness; greater is stranger (distance to the last neighbour in the plane, ivar-weighted
        chi2 per degree of freedom off the plane, distance to the last neighbour on the map).
    coverage : float32, shape (n_spec,)
        Share of the region's pixels that are present, 0 to 1.
    quality : dict
        Figures of the map by name (trustworthiness, kept neighbours, n_components, ...).
    others : dict of float32, shape (n_spec, 2)
        Places on the maps by other methods, by name.
    """

    xy: np.ndarray
    components: np.ndarray
    neighbours: np.ndarray
    distances: np.ndarray
    far: np.ndarray
    resid: np.ndarray
    isolation: np.ndarray
    coverage: np.ndarray
    quality: dict[str, float]
    others: dict[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        n_spec = self.xy.shape[0]
        _check("xy", self.xy, (n_spec, 2))
        _check("distances", self.distances, self.neighbours.shape)
        for name in ("far", "resid", "isolation", "coverage"):
            _check(name, getattr(self, name), (n_spec,))


@dataclass(frozen=True, slots=True)
class Scores:
    """One detector's answer.

    Attributes
    ----------
    detector : str
        Its published name.
    score : float64, shape (n_spec,)
        Greater is stranger; NaN where the detector cannot say.
    """

    detector: str
    score: np.ndarray


def _wavelengths(spectrum: Spectrum) -> np.ndarray:
    if spectrum.wave is not None:
        return spectrum.wave
    steps = np.arange(spectrum.flux.size)
    return 10.0 ** (spectrum.loglam0 + spectrum.loglam_step * steps)


def _join(arrays: list[np.ndarray], dtype: "type | np.dtype") -> np.ndarray:
    return np.concatenate(arrays).astype(dtype, copy=False) if arrays else np.empty(0, dtype)


def _check(name: str, array: np.ndarray, shape: tuple[int, ...]) -> None:
    if array.shape != shape:
        raise ValueError(f"{name} has shape {array.shape}, expected {shape}")
