"""The 700 real spectra on the rest-frame grid."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from ingest.read.readers import choose_reader
from ingest.read.sources import list_sources
from ingest.reading import read_survey
from ingest.settings import IngestSettings
from ingest.survey import Survey
from ingest.workspace import Workspace
from tests.support.shared import shared_path


class RealGrid(NamedTuple):
    survey_id: list[str]
    z: np.ndarray
    flux: np.ndarray
    ivar: np.ndarray


def read_real_grid(folder: Path) -> RealGrid:
    """Read, choose and resample as an ingest does, with the settings that it has."""
    sources = list_sources([str(shared_path("data/sdss_dr14/spec-lite-700.tar.xz"))])
    settings, workspace = IngestSettings(), Workspace(folder)
    reader = choose_reader(settings.survey, sources)
    read_survey(sources, reader, settings, workspace, lambda _: None)
    survey = Survey.load(reader.survey, workspace)
    shards = [workspace.read_shard(number) for number in range(len(workspace.shard_sizes()))]
    flux, ivar = (np.concatenate(part) for part in zip(*shards, strict=True))
    order = survey.places
    return RealGrid(survey.facts["survey_id"].to_pylist(), survey.z, flux[order], ivar[order])
