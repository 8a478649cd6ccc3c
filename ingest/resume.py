"""Results of stages on disk, whole or not there, so that a killed run goes on where it was."""

import json
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from uuid import uuid4

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
        # Only where its run is: a worker thought lost must not bring back what was removed.
        folder.mkdir(exist_ok=True)
        self._folder = folder

    def has(self, stage: str) -> bool:
        """Whether a stage is done."""
        return self.path(stage).exists()

    def load(self, stage: str) -> Arrays:
        """Return what a stage made."""
        with np.load(self.path(stage)) as arrays:
            return dict(arrays)

    def save(self, stage: str, arrays: Arrays) -> None:
        """Keep what a stage made; it appears when it is whole."""
        # Two workers may do one stage at a time, when one of them was thought lost; on two
        # machines their numbers may be equal.
        draft = self._folder / f".{stage}-{uuid4().hex}.npz"
        np.savez(draft, **arrays)  # type: ignore[arg-type]
        draft.rename(self.path(stage))

    def make(self, stage: str, make: Callable[[], Arrays]) -> Arrays:
        """Return what a stage made before, or make and keep it now."""
        if not self.has(stage):
            self.save(stage, make())
        return self.load(stage)

    def read(self, stage: str, names: Iterable[str]) -> Arrays:
        """Return some of the arrays that a stage made; the others are not read."""
        with np.load(self.path(stage)) as arrays:
            return {name: arrays[name] for name in names}

    def adopt(self, stage: str, file: Path) -> None:
        """Take over what another run made."""
        draft = self._folder / f".{stage}-{uuid4().hex}.npz"
        shutil.copyfile(file, draft)
        draft.rename(self.path(stage))

    def record(self, stage: str, seconds: float, peak_mib: float) -> None:
        """Note what a stage took; a run that was interrupted goes on with the same notes."""
        with (self._folder / COSTS).open("a") as stream:
            stream.write(json.dumps([stage, round(seconds, 3), round(peak_mib, 1)]) + "\n")

    def costs(self) -> dict[str, tuple[float, float]]:
        """Return seconds and peak memory [MiB] of the stages, by name."""
        path = self._folder / COSTS
        lines = path.read_text().splitlines() if path.exists() else []
        return {
            stage: (seconds, peak) for line in lines for stage, seconds, peak in _read_note(line)
        }

    def path(self, stage: str) -> Path:
        """Return the file that keeps what a stage made."""
        return self._folder / f"{stage}.npz"


def _read_note(line: str) -> list[list]:
    try:
        return [json.loads(line)]
    except ValueError:
        return []  # a kill left half of it, and another may have followed
