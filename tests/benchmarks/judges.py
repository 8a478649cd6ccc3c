"""Judge the maps on real spectra, beside umap-learn on raw pixels, in one run.

    python -m tests.benchmarks.judges

Three judges: repeats of one source that find one another, properties that neighbours predict, and
the published maps of Reis et al. (2019). Each map is judged in its own space of components or raw
pixels (`space`) and on the plane (`plane`). Needs ../shared.
"""

import time
import warnings

import numpy as np
from astropy.table import Table
from sklearn.neighbors import NearestNeighbors

from ingest.batches import SpectrumBatch
from ingest.compare.repeats import find_sources
from ingest.maps.region_map import map_region
from ingest.prepare.normalise import coverage, divide_by_median
from ingest.prepare.restframe import to_rest_grid
from ingest.read.sdss import SdssReader
from ingest.read.sources import list_sources
from ingest.settings import IngestSettings
from ingest.subspaces import Region, read_regions
from tests.support.shared import shared_path

NEIGHBOURS = 10
PROPERTIES = ("V_disp", "Hd_EW", "OIII_Hb")
PUBLISHED = {"hbeta": "4700_5100", "nad": "5680_6120", "whole": "3600_10000"}


def main() -> None:
    """Print the judges, a row for each region."""
    warnings.simplefilter("ignore")
    settings = IngestSettings()
    batch, flux, ivar = _read(settings)
    z = batch.facts["z"].to_numpy()
    sources = find_sources(batch.facts["ra"].to_numpy(), batch.facts["dec"].to_numpy(), z)
    published = _published(batch)
    print(f"{len(batch)} spectra, {len(batch) - np.unique(sources).size} repeats")
    print("share of repeats within the 10 nearest, R2 of properties by the 10 nearest (mean of")
    print(f"{', '.join(PROPERTIES)}), overlap of the 10 nearest with the published map\n")
    columns = "repeats space  plane  R2 space  plane published      s"
    print(f"{'region':8} {'map':22} {columns}")
    for region in read_regions():
        for name, make in (("oddsky", _ours), ("umap-learn, raw pixels", _raw)):
            started = time.perf_counter()
            rows, space, plane = make(flux, ivar, region, settings, sources)
            seconds = time.perf_counter() - started
            figures = _judge(rows, space, plane, sources, published, region)
            print(f"{region.name:8} {name:22} " + " ".join(figures) + f" {seconds:6.1f}")


def _read(settings: IngestSettings) -> tuple[SpectrumBatch, np.ndarray, np.ndarray]:
    archive = shared_path("data/sdss_dr14/spec-lite-700.tar.xz")
    reader = SdssReader()
    members = [m for source in list_sources([str(archive)]) for m in source.members()]
    batch = SpectrumBatch.collect([s for name, data in members for s in reader.read(name, data)])
    gridded = to_rest_grid(batch)
    kept = np.flatnonzero(coverage(gridded.ivar) >= settings.min_coverage)
    return batch.take(kept), gridded.flux[kept], gridded.ivar[kept]


def _ours(flux, ivar, region: Region, settings, sources):
    points = map_region(
        lambda: [(flux[:, region.pixels], ivar[:, region.pixels])],
        region.name == "whole",
        settings,
        sources,
    )
    rows = np.flatnonzero(np.isfinite(points.xy[:, 0]))
    return rows, points.components[rows], points.xy[rows]


def _raw(flux, ivar, region: Region, settings, sources):
    """Lay raw pixels out, as the paper does; missing ones are filled with the median."""
    from umap import UMAP

    rows = np.flatnonzero(coverage(ivar[:, region.pixels]) >= settings.min_region_coverage)
    values, weight = divide_by_median(flux[rows], ivar[rows], region.pixels)
    pixels = np.where(weight > 0, values, 1.0).astype(np.float32)
    return rows, pixels, UMAP(random_state=settings.seed, n_jobs=1).fit_transform(pixels)


def _judge(rows, space, plane, sources, published: Table, region: Region) -> list[str]:
    own = sources[rows]
    near_space, near_plane = _nearest(space), _nearest(plane)
    table = published[rows]
    overlap = _overlap(near_plane, table, PUBLISHED.get(region.name))
    return [
        f"{_repeats(near_space, own):13.2f}",
        f"{_repeats(near_plane, own):6.2f}",
        f"{_predict(_nearest(space, own), table):9.2f}",
        f"{_predict(_nearest(plane, own), table):6.2f}",
        f"{overlap:9.2f}" if np.isfinite(overlap) else f"{'-':>9}",
    ]


def _nearest(points: np.ndarray, own: np.ndarray | None = None) -> np.ndarray:
    """Return the ten nearest others; with `own`, none of the same source."""
    spare = NEIGHBOURS + 6
    found = NearestNeighbors(n_neighbors=spare, algorithm="brute").fit(points).kneighbors()[1]
    if own is None:
        return found[:, :NEIGHBOURS]
    order = np.argsort(own[found] == own[:, None], axis=1, kind="stable")
    return np.take_along_axis(found, order, axis=1)[:, :NEIGHBOURS]


def _repeats(near: np.ndarray, own: np.ndarray) -> float:
    has_repeat = np.flatnonzero(np.bincount(own, minlength=own.max() + 1)[own] > 1)
    return float((own[near[has_repeat]] == own[has_repeat, None]).any(axis=1).mean())


def _predict(near: np.ndarray, table: Table) -> float:
    scores = []
    for name in PROPERTIES:
        values = np.asarray(table[name], float)
        known = np.isfinite(values)
        guess = np.nanmean(np.where(known[near], values[near], np.nan), axis=1)
        use = known & np.isfinite(guess)
        rest = ((values[use] - guess[use]) ** 2).sum()
        scores.append(1 - rest / ((values[use] - values[use].mean()) ** 2).sum())
    return float(np.mean(scores))


def _overlap(near: np.ndarray, table: Table, name: str | None) -> float:
    """Return the mean share of the ten nearest that the published map has too."""
    if name is None:
        return np.nan
    place = np.stack([np.asarray(table[f"umap_{name}_{axis}"], float) for axis in "xy"], axis=1)
    both = np.flatnonzero(np.isfinite(place[:, 0]))
    theirs = both[NearestNeighbors(n_neighbors=NEIGHBOURS).fit(place[both]).kneighbors()[1]]
    return float(np.mean([np.isin(t, near[i]).mean() for t, i in zip(theirs, both, strict=True)]))


def _published(batch: SpectrumBatch) -> Table:
    """Return the paper's products in the order of the spectra, NaN where there are none."""
    theirs = Table.read(shared_path("data/portal_reduced/portal_reduced.fits"))
    place = {str(i): k for k, i in enumerate(theirs["specobjid"])}
    rows = np.array([place.get(i, -1) for i in batch.facts["survey_id"].to_pylist()])
    out = Table()
    for name in theirs.colnames:
        if theirs[name].dtype.kind == "f":
            out[name] = np.where(rows >= 0, np.asarray(theirs[name], float)[rows], np.nan)
    return out


if __name__ == "__main__":
    main()
