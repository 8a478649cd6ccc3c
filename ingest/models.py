"""Where fitted models lie: among the stages of their run, then in its part."""

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ingest.plan import STORED
from ingest.storage import unpack
from ingest.workspace import Workspace


def model_stage(name: str) -> str:
    """Return the stage that keeps a model."""
    return f"model-{name}"


def load_model(workspace: Workspace, name: str) -> Any:
    """Return a fitted model."""
    return unpack(workspace.stages.load(model_stage(name)), STORED)


def keep_models(workspace: Workspace, names: Iterable[str]) -> None:
    """Put models of a run into its part, so that spectra can be added later."""
    workspace.models.mkdir(exist_ok=True)
    for name in names:
        shutil.copyfile(workspace.stages.path(model_stage(name)), _file(workspace.models, name))


def lend_models(folder: Path, workspace: Workspace, names: Iterable[str]) -> None:
    """Give a run the models that lie in a folder of a part."""
    for name in names:
        workspace.stages.adopt(model_stage(name), _file(folder, name))


def lacks_models(folder: Path, names: Iterable[str]) -> bool:
    """Whether some models are not in a folder."""
    return not all(_file(folder, name).exists() for name in names)


def _file(folder: Path, name: str) -> Path:
    return folder / f"{name}.npz"
