"""Which detectors a run has, and what is recorded of each."""

import json
from collections.abc import Sequence
from importlib.metadata import version

from ingest.anomaly.base import Detector
from ingest.anomaly.catalogue import DESCRIPTIONS, Description
from ingest.anomaly.fisher import Fisher
from ingest.anomaly.forest import Forest
from ingest.anomaly.isolation import Isolation
from ingest.anomaly.knn import NearestNeighbours
from ingest.anomaly.plugin import Plugin, read_plugin
from ingest.errors import SettingsError
from ingest.settings import IngestSettings


def make_detectors(settings: IngestSettings) -> tuple[Detector, ...]:
    """Make the detectors that the settings ask for, those of one kind together.

    Raises
    ------
    SettingsError
        When a detector of another library is not there, or two have one name.
    """
    trees, rows = settings.forest_trees, settings.forest_rows
    cuts, near = settings.isolation_trees, settings.neighbours
    plugins = [read_plugin(setting) for setting in settings.detectors]
    _check_names(plugins)
    return (
        Forest("forest_v1", "raw", "pixels", trees, rows),
        Isolation("isolation_raw", "raw", cuts),
        NearestNeighbours("knn_raw", "raw", near),
        Forest("forest_v2", "divided", "components", trees, rows),
        Isolation("isolation", "divided", cuts),
        Fisher(settings.fisher_gaussians),
        NearestNeighbours("knn", "divided", near),
        *plugins,
    )


def describe(detector: Detector) -> tuple[Description, ...]:
    """Say what the answers of a detector mean."""
    known = {d.detector: d for d in DESCRIPTIONS}
    return tuple(known.get(name) or _foreign(name, detector) for name in detector.names)


def describe_parameters(detector: Detector, components: int) -> str:
    """Write all that the answers depend on as JSON, with the versions of the libraries."""
    libraries = {name: version(name) for name in detector.libraries}
    common = {"pixels": detector.kind, "components": components, "libraries": libraries}
    return json.dumps(dict(detector.parameters) | common, sort_keys=True)


def _foreign(name: str, detector: Detector) -> Description:
    estimator = detector.parameters["estimator"]
    meaning = f"what {estimator} finds strange in the components, continuum divided"
    return Description(name, name, meaning, "chosen by the settings", headline=False)


def _check_names(plugins: Sequence[Plugin]) -> None:
    taken = {d.detector for d in DESCRIPTIONS}
    for plugin in plugins:
        if plugin.names[0] in taken:
            raise SettingsError(f"Two detectors have the name {plugin.names[0]}; give one of them.")
        taken.add(plugin.names[0])
