"""Results of stages on disk, whole or not there, so that a killed run goes on where it was."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

Arrays = dict[str, np.ndarray]


class StageStore:
    """Keep the arrays that each stage of one run made.

    Parameters
    ----------
    folder : Path
        Of this run alone: its name holds the run id, so that what lies there is still valid.
    """

    def __init__(self, folder: Path):
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    def has(self, stage: str) -> bool:
        """Whether a stage is done."""
        return self._path(stage).exists()

    def load(self, stage: str) -> Arrays:
        """Return what a stage made."""
        with np.load(self._path(stage)) as arrays:
            return dict(arrays)

    def save(self, stage: str, arrays: Arrays) -> None:
        """Keep what a stage made; it appears when it is whole."""
        draft = self._folder / f".{stage}.npz"
        np.savez(draft, **arrays)  # type: ignore[arg-type]
        draft.rename(self._path(stage))

    def make(self, stage: str, make: Callable[[], Arrays]) -> Arrays:
        """Return what a stage made before, or make and keep it now."""
        if not self.has(stage):
            self.save(stage, make())
        return self.load(stage)

    def _path(self, stage: str) -> Path:
        return self._folder / f"{stage}.npz"
