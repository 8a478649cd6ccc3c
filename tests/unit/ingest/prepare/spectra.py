"""Make batches of spectra for the tests of preparation."""

import numpy as np

from ingest.batches import Spectrum, SpectrumBatch
from ingest.subspaces import GRID


def make_spectrum(
    flux: np.ndarray,
    ivar: np.ndarray | float = 1.0,
    z: float | None = 0.0,
    loglam0: float = GRID.loglam0,
    wave: np.ndarray | None = None,
) -> Spectrum:
    """Make a spectrum on a log grid, or on explicit wavelengths."""
    flux = np.asarray(flux, np.float32)
    return Spectrum(
        facts={"z": z},
        flux=flux,
        ivar=np.broadcast_to(np.float32(ivar), flux.shape).copy(),
        mask=np.zeros(flux.size, np.int32),
        sky=np.zeros(flux.size, np.float32),
        loglam0=np.nan if wave is not None else loglam0,
        loglam_step=np.nan if wave is not None else GRID.step,
        wave=wave,
    )


def make_batch(*spectra: Spectrum) -> SpectrumBatch:
    """Lay spectra end to end."""
    return SpectrumBatch.collect(list(spectra))


def observed_wave(spectrum: Spectrum) -> np.ndarray:
    """Return the wavelengths of a spectrum [Angstrom]."""
    if spectrum.wave is not None:
        return spectrum.wave
    return 10 ** (spectrum.loglam0 + spectrum.loglam_step * np.arange(spectrum.flux.size))
