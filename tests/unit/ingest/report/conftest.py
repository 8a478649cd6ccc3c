"""All that a run finds in a small mock survey, its workspace kept."""

import pytest

from ingest import pipeline
from ingest.cli import run
from ingest.mock.survey import write_survey
from ingest.plan import Plan
from ingest.ranking import rank_all
from ingest.report.found import Found
from ingest.results import load_results
from ingest.settings import IngestSettings
from ingest.survey import Survey
from ingest.workspace import Workspace


@pytest.fixture(scope="session")
def found(tmp_path_factory) -> Found:
    folder = tmp_path_factory.mktemp("report-survey")
    write_survey(folder, 80, seed=3)
    settings = IngestSettings(
        survey="mock", regions=("nad", "halpha", "whole"), shard_rows=30, planted_copies=5,
        forest_trees=30, isolation_trees=50,
    )  # fmt: skip
    root = tmp_path_factory.mktemp("report-run") / "release"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Workspace, "remove", lambda self: None)
        patch.setattr(pipeline, "write_release", lambda run, labels: None)
        run([str(folder)], root, settings, workers=1)
    workspace = Workspace(next((root / "work").iterdir()))
    plan = Plan.make(settings)
    survey, results = Survey.load("mock", workspace), load_results(workspace, plan)
    return Found(workspace, plan, survey, results, rank_all(results, plan.detectors))
