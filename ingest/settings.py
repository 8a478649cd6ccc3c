"""The settings of an ingest run: defaults, a TOML file on top, one frozen value."""

import tomllib
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from ingest.errors import SettingsError


@dataclass(frozen=True, slots=True)
class IngestSettings:
    """Everything that changes what a run computes. All of it goes into the run id.

    Attributes
    ----------
    survey : str
        Reader to use: auto, sdss, mock, spplate, desi, table or specutils.
    seed : int
        Seed of everything random.
    regions : tuple of str
        Regions to map, by name of `regions.toml`; empty means all.
    spec_class : str
        Keep spectra of this class only; empty keeps all.
    z_min, z_max : float
        Redshift limits; outside, a spectrum is rejected.
    min_coverage : float
        Share of the grid that a spectrum must cover, 0 to 1.
    min_region_coverage : float
        Share of a region that a spectrum must cover to be on its map.
    components_region, components_whole : int
        PCA components behind the map of a region and of the whole spectrum; 0 means as many as
        predict held-out pixels best.
    neighbours : int
        Similar objects kept per object and region.
    map_methods : tuple of str
        Methods of the maps by name: the first one's stand with the objects, the others beside.
    map_epochs : int
        UMAP optimisation epochs.
    map_min_dist : float
        UMAP min_dist.
    window_components : int
        PCA components of each window of the reconstruction detectors.
    detector_components : int
        PCA components of the whole spectrum for the detectors that work in their space.
    reference_rows : int
        Spectra, drawn at random, that models are fitted to; all when there are no more.
    forest_trees, forest_rows : int
        Trees of each unsupervised random forest, real spectra that it is grown on.
    isolation_trees : int
        Trees of each isolation forest.
    fisher_gaussians : int
        Gaussians of the mixture behind the Fisher vectors; at most one for 200 spectra.
    planted_copies : int
        Altered copies of each kind and amplitude by which detectors are judged; 0 for none.
    report_spectra : int
        Spectra drawn in the report for the top of each headline detector.
    detectors : tuple of str
        Detectors of other libraries beside the built-in ones, by dotted name.
    shard_rows : int
        Spectra per shard of the store; the unit of resume.
    """

    survey: str = "auto"
    seed: int = 20191118
    regions: tuple[str, ...] = ()
    spec_class: str = "GALAXY"
    z_min: float = 0.01
    z_max: float = 1.0
    min_coverage: float = 0.85
    min_region_coverage: float = 0.85
    components_region: int = 0
    components_whole: int = 0
    neighbours: int = 15
    map_methods: tuple[str, ...] = ("umap",)
    map_epochs: int = 200
    map_min_dist: float = 0.1
    window_components: int = 3
    detector_components: int = 20
    reference_rows: int = 10_000
    forest_trees: int = 200
    forest_rows: int = 2000
    isolation_trees: int = 500
    fisher_gaussians: int = 20
    planted_copies: int = 60
    report_spectra: int = 12
    detectors: tuple[str, ...] = ()
    shard_rows: int = 1000

    def as_dict(self) -> dict[str, Any]:
        """Return the settings as plain JSON values."""
        return {n: list(v) if isinstance(v, tuple) else v for n, v in asdict(self).items()}


_RANGES = {
    "z_min": (-0.01, 10), "z_max": (0, 10), "min_coverage": (0, 1), "min_region_coverage": (0, 1),
    "components_region": (0, 200), "components_whole": (0, 500), "neighbours": (2, 200),
    "map_epochs": (1, 10_000), "map_min_dist": (0, 1), "window_components": (1, 50),
    "detector_components": (1, 200), "reference_rows": (20, 1_000_000),
    "forest_trees": (1, 10_000), "forest_rows": (10, 100_000),
    "isolation_trees": (1, 10_000), "fisher_gaussians": (1, 1000),
    "planted_copies": (0, 10_000), "report_spectra": (1, 100),
    "shard_rows": (1, 50_000), "seed": (0, 2**32 - 1),
}  # fmt: skip


def read_settings(path: Path | None, **given: Any) -> IngestSettings:
    """Read the settings from a TOML file, what was given on the command line on top.

    Raises
    ------
    SettingsError
        When the file cannot be read, a name is unknown, or a value has the wrong type or range.
    """
    values = _read_toml(path) if path else {}
    values.update({name: value for name, value in given.items() if value is not None})
    known = {f.name: f.type for f in fields(IngestSettings)}
    for name in values:
        if name not in known:
            raise SettingsError(f"Unknown setting '{name}'. Settings are: {', '.join(known)}.")
    return replace(IngestSettings(), **{n: _checked(n, v) for n, v in values.items()})


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text())
    except OSError as error:
        raise SettingsError(f"Cannot read the settings file {path}: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"The settings file {path} is not TOML: {error}.") from error


def _checked(name: str, value: Any) -> Any:
    default = getattr(IngestSettings(), name)
    if isinstance(default, tuple):
        if not isinstance(value, list | tuple) or not all(isinstance(v, str) for v in value):
            raise SettingsError(f"Setting '{name}' must be a list of names.")
        return tuple(value)
    if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if type(value) is not type(default):
        raise SettingsError(f"Setting '{name}' must be of type {type(default).__name__}.")
    lo, hi = _RANGES.get(name, (None, None))
    if lo is not None and not lo <= value <= hi:
        raise SettingsError(f"Setting '{name}' is {value}; it must lie between {lo} and {hi}.")
    return value
