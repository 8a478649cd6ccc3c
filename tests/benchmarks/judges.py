"""Judge the maps on real spectra, beside umap-learn on raw pixels, in one run.

    python -m tests.benchmarks.judges

Three judges: repeats of one source that find one another, properties that neighbours predict, and
the published maps of Reis et al. (2019). Each map is judged in its own space of components or raw
pixels (`space`) and on the plane (`plane`, mean of several seeds). A second table sets all methods
of layout beside one another, of the same neighbours. Needs ../shared.
"""

import time
import warnings
from collections.abc import Callable

import numpy as np
from astropy.table import Table
from sklearn.manifold import trustworthiness
from sklearn.neighbors import NearestNeighbors

from ingest.batches import SpectrumBatch
from ingest.compare.repeats import find_sources
from ingest.maps.component_count import choose_count
from ingest.maps.components import fit_components, project
from ingest.maps.layouts import METHODS, lay_out
from ingest.maps.metric import divide_by_line, metric_space
from ingest.maps.neighbours import find_neighbours
from ingest.prepare.normalise import coverage, divide_by_median
from ingest.prepare.restframe import to_rest_grid
from ingest.read.sdss import SdssReader
from ingest.read.sources import list_sources
from ingest.settings import IngestSettings
from ingest.subspaces import Region, read_regions
from tests.support.shared import shared_path

NEIGHBOURS = 10
SEEDS = (1, 2, 3, 4)
MOST_COMPONENTS = {"whole": 100}
PROPERTIES = ("V_disp", "Hd_EW", "OIII_Hb")
PUBLISHED = {"hbeta": "4700_5100", "nad": "5680_6120", "whole": "3600_10000"}
SETTINGS = IngestSettings()


def main() -> None:
    """Print the judges, two rows for each region, and then the layouts."""
    warnings.simplefilter("ignore")
    batch, flux, ivar = _read(SETTINGS)
    z = batch.facts["z"].to_numpy()
    sources = find_sources(batch.facts["ra"].to_numpy(), batch.facts["dec"].to_numpy(), z)
    published = _published(batch)
    print(f"{len(batch)} spectra, {len(batch) - np.unique(sources).size} repeats")
    print("share of repeats within the 10 nearest, R2 of properties by the 10 nearest (mean of")
    print(f"{', '.join(PROPERTIES)}), overlap of the 10 nearest with the published map\n")
    print(f"{'':30} {'repeats':25} {'R2':25} published")
    places = f"{'space':11}  {'plane':11}"
    print(f"{'region':8} {'map':22} {places}  {places}  space  plane      s")
    layouts = []
    for region in read_regions():
        rows = np.flatnonzero(coverage(ivar[:, region.pixels]) >= SETTINGS.min_region_coverage)
        pixels = flux[rows, region.pixels], ivar[rows, region.pixels]
        judge = _Judge(sources[rows], published[rows], PUBLISHED.get(region.name))
        for name, make in (("oddsky", _ours), ("umap-learn, raw pixels", _raw)):
            started = time.perf_counter()
            title, space, planes = make(*pixels, region, sources[rows])
            seconds = (time.perf_counter() - started) / len(planes)
            print(f"{region.name:8} {title or name:22} {judge.row(space, planes)} {seconds:6.1f}")
            if name == "oddsky":
                layouts.append((region.name, space))
    _compare_layouts(layouts)


def _read(settings: IngestSettings) -> tuple[SpectrumBatch, np.ndarray, np.ndarray]:
    archive = shared_path("data/sdss_dr14/spec-lite-700.tar.xz")
    reader = SdssReader()
    members = [m for source in list_sources([str(archive)]) for m in source.members()]
    batch = SpectrumBatch.collect([s for name, data in members for s in reader.read(name, data)])
    gridded = to_rest_grid(batch)
    kept = np.flatnonzero(coverage(gridded.ivar) >= settings.min_coverage)
    return batch.take(kept), gridded.flux[kept], gridded.ivar[kept]


def _ours(flux, ivar, region: Region, sources):
    flux, ivar, tilt = divide_by_line(flux, ivar)
    limit = MOST_COMPONENTS.get(region.name, 50)
    count, _ = choose_count(flux, ivar, sources, SETTINGS.seed, limit)
    model = fit_components(flux, ivar, count)
    components = project(model, flux, ivar).coefficients
    space = metric_space(components, tilt)
    return f"oddsky, {count} components", space, [_plane("umap", space, s) for s in SEEDS]


def _raw(flux, ivar, region: Region, sources):
    """Lay raw pixels out, as the paper does; missing ones are filled with the median."""
    from umap import UMAP

    values, weight = divide_by_median(flux, ivar)
    pixels = np.where(weight > 0, values, 1.0).astype(np.float32)
    return "", pixels, [UMAP(random_state=s, n_jobs=1).fit_transform(pixels) for s in SEEDS]


def _plane(method: str, space: np.ndarray, seed: int) -> np.ndarray:
    found = find_neighbours(space, SETTINGS.neighbours)
    return lay_out(method, space, *found, np.arange(len(space)), seed, SETTINGS)


class _Judge:
    """Asks all judges of one region; each answer has its standard error."""

    def __init__(self, sources: np.ndarray, table: Table, published: str | None):
        self.sources, self.table, self.published = sources, table, published

    def row(self, space: np.ndarray, planes: list[np.ndarray]) -> str:
        repeats = self._ask(self.repeats, space, planes)
        properties = self._ask(self.properties, space, planes)
        if self.published is None:
            return f"{repeats}  {properties} {'-':>6} {'-':>6}"
        inside = self.overlap(space)
        outside = np.mean([self.overlap(plane) for plane in planes])
        return f"{repeats}  {properties} {inside:6.2f} {outside:6.2f}"

    def _ask(self, judge: Callable, space: np.ndarray, planes: list[np.ndarray]) -> str:
        inside, outside = judge(space), np.mean([judge(plane) for plane in planes], axis=0)
        return f"{inside[0]:.2f} ± {inside[1]:.2f}  {outside[0]:.2f} ± {outside[1]:.2f}"

    def repeats(self, points: np.ndarray) -> tuple[float, float]:
        """Share of repeats found, both ways; its error counts sources, not directions."""
        own, near = self.sources, _nearest(points)
        found = (own[near] == own[:, None]).any(axis=1)
        names, place, size = np.unique(own, return_inverse=True, return_counts=True)
        share = np.bincount(place, found, len(names))[size > 1] / size[size > 1]
        return _repeats(near, own), float(share.std() / np.sqrt(share.size))

    def properties(self, points: np.ndarray) -> tuple[float, float]:
        """R2 by the nearest of other sources, and its error by resampling spectra."""
        near, random = _nearest(points, self.sources), np.random.default_rng(0)
        n = len(near)
        again = [_predict(near, self.table, random.integers(0, n, n)) for _ in range(50)]
        return _predict(near, self.table), float(np.std(again))

    def overlap(self, points: np.ndarray) -> float:
        """Mean share of the ten nearest that the published map has too."""
        columns = [self.table[f"umap_{self.published}_{axis}"] for axis in "xy"]
        place = np.stack([np.asarray(column, float) for column in columns], axis=1)
        both = np.flatnonzero(np.isfinite(place[:, 0]))
        there = NearestNeighbors(n_neighbors=NEIGHBOURS).fit(place[both]).kneighbors()[1]
        here = _nearest(points)[both]
        shared = [np.isin(both[t], h).mean() for t, h in zip(there, here, strict=True)]
        return float(np.mean(shared))


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


def _predict(near: np.ndarray, table: Table, rows: np.ndarray | slice = slice(None)) -> float:
    """Return the mean R2 of the properties of the spectra at these rows."""
    scores = []
    for name in PROPERTIES:
        values = np.asarray(table[name], float)
        guess = np.nanmean(values[near], axis=1)[rows]
        asked = values[rows]
        use = np.isfinite(asked) & np.isfinite(guess)
        rest = ((asked[use] - guess[use]) ** 2).sum()
        scores.append(1 - rest / ((asked[use] - asked[use].mean()) ** 2).sum())
    return float(np.mean(scores))


def _compare_layouts(spaces: list[tuple[str, np.ndarray]]) -> None:
    """Print how true the layouts of all methods are to the same neighbours."""
    print("\ntrustworthiness and share of the 15 nearest kept, mean of the seeds\n")
    print(f"{'region':8} " + " ".join(f"{method:>11}" for method in METHODS))
    for region, space in spaces:
        near = find_neighbours(space, 15)[0]
        figures = []
        for method in METHODS:
            planes = [_plane(method, space, seed) for seed in SEEDS]
            kept = [(near[:, :, None] == find_neighbours(p, 15)[0][:, None]).any(2) for p in planes]
            trusted = np.mean([trustworthiness(space, p, n_neighbors=15) for p in planes])
            figures.append(f"{trusted:.3f} {np.mean(kept):.3f}")
        print(f"{region:8} {' '.join(f'{f:>11}' for f in figures)}", flush=True)


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
