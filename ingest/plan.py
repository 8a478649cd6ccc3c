"""What a run fits: every model by name, in two rounds, each for itself."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np

from ingest.anomaly.base import Detector, Kind
from ingest.anomaly.detectors import make_detectors
from ingest.anomaly.fisher import FittedFisher
from ingest.anomaly.forest import FittedForest
from ingest.anomaly.isolation import FittedIsolation
from ingest.anomaly.knn import FittedNeighbours
from ingest.anomaly.pca_chi2 import WindowModel, fit_window
from ingest.anomaly.plugin import FittedPlugin
from ingest.anomaly.sample import SampleModel, fit_sample, take_sample
from ingest.anomaly.trees import Trees
from ingest.maps.components import PcaModel
from ingest.maps.layouts import check_methods
from ingest.maps.region_model import RegionModel, fit_region
from ingest.measure.continuum import fit_continua
from ingest.settings import IngestSettings
from ingest.subspaces import Region, Window, read_regions, tile_windows

CONTINUUM = "continuum"
KINDS: tuple[Kind, ...] = ("raw", "divided")
MOST_REGION, MOST_WHOLE = 50, 100
"""The most components that are chosen from held-out noise."""

CONTROL_SEED = 1_000_003
"""Added to the seed of the detectors that are fitted once more, as a control of agreement."""

STORED: dict[str, type] = {
    kind.__name__: kind
    for kind in (
        PcaModel, RegionModel, WindowModel, SampleModel, Trees, FittedForest, FittedIsolation,
        FittedFisher, FittedNeighbours, FittedPlugin,
    )
}  # fmt: skip
"""Classes of models, by the names under which they are stored."""


@dataclass(frozen=True, slots=True)
class Reference:
    """The spectra that models are fitted to, in the order of their ids.

    Attributes
    ----------
    ids, sources : int64, shape (n,)
        The ids increase; sources are equal for spectra of one source.
    z : float64, shape (n,)
    flux, ivar : float32, shape (n, n_grid)
    """

    ids: np.ndarray
    sources: np.ndarray
    z: np.ndarray
    flux: np.ndarray
    ivar: np.ndarray

    def __len__(self) -> int:
        return self.ids.size

    def take(self, rows: np.ndarray) -> "Reference":
        """Return some of it; the rows increase."""
        return Reference(*(getattr(self, f.name)[rows] for f in fields(self)))


@dataclass(frozen=True)
class Plan:
    """What is fitted, with what settings.

    Attributes
    ----------
    settings : IngestSettings
    regions : tuple of Region
    windows : tuple of Window
    detectors : tuple of Detector
    controlled : bool
        Whether the detectors that chance has a part in are fitted once more.
    """

    settings: IngestSettings
    regions: tuple[Region, ...]
    windows: tuple[Window, ...]
    detectors: tuple[Detector, ...]
    controlled: bool = True

    @classmethod
    def make(cls, settings: IngestSettings, controlled: bool = True) -> "Plan":
        """Make the plan of a run.

        Raises
        ------
        SettingsError
            When a region or a detector is not known.
        """
        check_methods(settings.map_methods)
        regions = read_regions(settings.regions or None)
        return cls(settings, regions, tile_windows(), make_detectors(settings), controlled)

    @cached_property
    def first(self) -> tuple[str, ...]:
        """Models that need the reference alone, the costly ones first."""
        regions = sorted(self.regions, key=lambda r: r.pixels.start - r.pixels.stop)
        return (
            *(f"region-{region.name}" for region in regions),
            CONTINUUM,
            *(f"sample-{kind}" for kind in KINDS),
            *(f"window-{window.name}" for window in self.windows),
        )

    @cached_property
    def second(self) -> tuple[str, ...]:
        """Models that need a sample: the detectors."""
        return tuple(f"detector-{detector.names[0]}" for detector in self.detectors)

    @cached_property
    def controls(self) -> tuple[str, ...]:
        """The detectors that chance has a part in, under another seed."""
        if not self.controlled:
            return ()
        return tuple(f"control-{d.names[0]}" for d in self.detectors if d.is_random)

    @cached_property
    def kept(self) -> tuple[str, ...]:
        """Models that spectra can be added by."""
        return (*self.first, *self.second)

    def detector(self, name: str) -> Detector:
        """Return a detector by the name of its model."""
        wanted = name.partition("-")[2]
        return next(d for d in self.detectors if d.names[0] == wanted)

    def fit(self, name: str, reference: Reference, known: Mapping[str, Any]) -> Any:
        """Fit one model.

        Parameters
        ----------
        name : str
            One of `first`, `second` or `controls`.
        reference : Reference
        known : mapping
            Models of the first round by name; needed for the second.
        """
        role, _, which = name.partition("-")
        flux, ivar, settings = reference.flux, reference.ivar, self.settings
        if role == "region":
            region = next(r for r in self.regions if r.name == which)
            return self._fit_region(region, reference)
        if role == "window":
            number = [window.name for window in self.windows].index(which)
            return fit_window(self.windows, number, flux, ivar, settings.window_components)
        if role == "sample":
            kind: Kind = "raw" if which == "raw" else "divided"
            return fit_sample(flux, ivar, reference.ids, kind, settings.detector_components)
        if role == CONTINUUM:
            return fit_continua(flux, ivar)
        return self._fit_detector(name, reference, known)

    def _fit_region(self, region: Region, reference: Reference) -> RegionModel:
        settings, is_whole = self.settings, region.name == "whole"
        return fit_region(
            region.pixels,
            reference.flux,
            reference.ivar,
            reference.sources,
            settings.components_whole if is_whole else settings.components_region,
            MOST_WHOLE if is_whole else MOST_REGION,
            settings.min_region_coverage,
            settings.seed,
        )

    def _fit_detector(self, name: str, reference: Reference, known: Mapping[str, Any]) -> Any:
        detector = self.detector(name)
        model = known[f"sample-{detector.kind}"]
        sample, _ = take_sample(
            model, reference.flux, reference.ivar, reference.ids, reference.sources
        )
        seed = self.settings.seed + CONTROL_SEED * name.startswith("control")
        return detector.fit(sample, seed % 2**32)


def fit_all(plan: Plan, reference: Reference) -> dict[str, Any]:
    """Fit every model but the continuum and the controls, in this process.

    Returns
    -------
    dict
        Models by name.
    """
    models: dict[str, Any] = {}
    for name in (*plan.first, *plan.second):
        if name != CONTINUUM:
            models[name] = plan.fit(name, reference, models)
    return models
