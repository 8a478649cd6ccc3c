"""Line fits beside SDSS's own, and what measuring costs.

    python -m tests.benchmarks.lines

Needs ../shared.
"""

import tempfile
import time
from pathlib import Path

import numpy as np
from astropy.table import Table, join

from ingest.measure.continuum import fit_continua
from ingest.measure.linelist import read_lines
from ingest.measure.measurements import Measurements, measure
from tests.support.real_grid import RealGrid, read_real_grid
from tests.support.spzline import read_pipeline_lines

MIN_EW, MIN_SN, TOLERANCE = 3.0, 10.0, 0.2
SAME_Z = 0.002
"""Where SDSS's fits are at another redshift than ours, they are fits of other lines."""


def main() -> None:
    """Print, line by line, how equivalent widths and fluxes agree."""
    with tempfile.TemporaryDirectory() as folder:
        grid = read_real_grid(Path(folder))
    measured, milliseconds = measure_grid(grid)
    both = match(list_fits(grid, measured))
    print(f"SDSS's EW > {MIN_EW:g} Angstrom and > {MIN_SN:g} of its errors; not measured is a miss")
    print("line        lines  not measured  within 20 %   median EW ratio   median flux ratio")
    for line, (count, missing, share, ew, flux) in judge(both).items():
        print(f"{line:10} {count:6d} {missing:13d} {share:12.3f} {ew:17.3f} {flux:19.3f}")
    count, shift, distance = judge_nii(both)
    print(f"log [N II]/H-alpha of {count}: median difference {shift:+.3f} dex, of {distance:.3f}")
    print(f"continuum, lines and indices: {milliseconds:.2f} ms of a core a spectrum")


def measure_grid(grid: RealGrid) -> tuple[Measurements, float]:
    """Measure all spectra; return the time of it too [ms of a core a spectrum]."""
    model = fit_continua(grid.flux, grid.ivar)
    lines = tuple(line for line in read_lines() if line.kind == "emission")
    measure(model, lines, grid.flux[:1], grid.ivar[:1], grid.z[:1])
    started = time.process_time()
    measured = measure(model, lines, grid.flux, grid.ivar, grid.z)
    return measured, 1e3 * (time.process_time() - started) / len(grid.z)


def list_fits(grid: RealGrid, measured: Measurements) -> Table:
    """Return ours as a table, a row for each spectrum and line."""
    fits = measured.fits
    n_spec, n_lines = fits.ew.shape
    return Table(
        {
            "survey_id": np.repeat(grid.survey_id, n_lines),
            "line_id": np.tile(fits.names, n_spec),
            "z": np.repeat(grid.z, n_lines),
            "ew": fits.ew.ravel(),
            "flux": fits.flux.ravel(),
        }
    )


def match(ours: Table) -> Table:
    """Return ours beside SDSS's, one row for each spectrum and line with a sound fit of theirs.

    Parameters
    ----------
    ours : Table
        survey_id, line_id, z, ew, flux; NaN where not measured.
    """
    names = ("survey_id", "line_id")
    both = join(ours, read_pipeline_lines(), names, table_names=("ours", "sdss"))
    sound = (both["ew_sdss"] > MIN_EW) & (both["ew_sdss"] > MIN_SN * both["ew_err"])
    return both[sound & (np.abs(both["z_ours"] - both["z_sdss"]) < SAME_Z)]


def judge(both: Table) -> dict[str, tuple[int, int, float, float, float]]:
    """Return by line: how many, how many not measured, share within 20 %, median ratios."""
    return {line: _judge(both[both["line_id"] == line]) for line in np.unique(both["line_id"])}


def judge_nii(both: Table) -> tuple[int, float, float]:
    """Return number, median difference and median distance of log [N II]/H-alpha [dex]."""
    nii, halpha = (both[both["line_id"] == line] for line in ("nii_6585", "halpha"))
    pairs = join(nii, halpha, "survey_id", table_names=("nii", "halpha"))
    ours, sdss = (
        np.log10(np.asarray(pairs[f"flux_{who}_nii"] / pairs[f"flux_{who}_halpha"], float))
        for who in ("ours", "sdss")
    )
    difference = (ours - sdss)[np.isfinite(ours)]
    return difference.size, float(np.median(difference)), float(np.median(np.abs(difference)))


def _judge(rows: Table) -> tuple[int, int, float, float, float]:
    ew, flux = (np.asarray(rows[f"{q}_ours"] / rows[f"{q}_sdss"], float) for q in ("ew", "flux"))
    missing = int((~np.isfinite(ew)).sum())
    within = float((np.abs(ew - 1) < TOLERANCE).mean())
    return len(rows), missing, within, float(np.nanmedian(ew)), float(np.nanmedian(flux))


if __name__ == "__main__":
    main()
