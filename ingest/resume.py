"""Results of stages on disk, whole or not there, so that a killed run goes on where it was."""

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

Arrays = dict[str, np.ndarray]
COSTS = "costs.jsonl"


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
        # Two workers may do one stage at a time, when one of them was thought lost.
        draft = self._folder / f".{stage}-{os.getpid()}.npz"
        np.savez(draft, **arrays)  # type: ignore[arg-type]
        draft.rename(self._path(stage))

    def make(self, stage: str, make: Callable[[], Arrays]) -> Arrays:
        """Return what a stage made before, or make and keep it now."""
        if not self.has(stage):
            self.save(stage, make())
        return self.load(stage)

    def read(self, stage: str, names: Iterable[str]) -> Arrays:
        """Return some of the arrays that a stage made; the others are not read."""
        with np.load(self._path(stage)) as arrays:
            return {name: arrays[name] for name in names}

    def record(self, stage: str, seconds: float, peak_mib: float) -> None:
        """Note what a stage took; a run that was interrupted goes on with the same notes."""
        with (self._folder / COSTS).open("a") as stream:
            stream.write(json.dumps([stage, round(seconds, 3), round(peak_mib, 1)]) + "\n")

    def costs(self) -> dict[str, tuple[float, float]]:
        """Return seconds and peak memory [MiB] of the stages, by name."""
        path = self._folder / COSTS
        lines = path.read_text().splitlines() if path.exists() else []
        # A kill may leave half a line.
        notes = [json.loads(line) for line in lines if line.endswith("]")]
        return {stage: (seconds, peak) for stage, seconds, peak in notes}

    def _path(self, stage: str) -> Path:
        return self._folder / f"{stage}.npz"
