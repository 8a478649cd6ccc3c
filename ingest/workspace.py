"""Where an unfinished run lies: `DIR/work/<run id>`, its shards and the results of its stages."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ingest.batches import FACT_SCHEMA
from ingest.extents import Extents
from ingest.resume import StageStore

REJECT_SCHEMA = pa.schema([("source_file", pa.string()), ("reason", pa.string())])


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folders of one run.

    Attributes
    ----------
    folder : Path
        `DIR/work/<run id>`.
    """

    folder: Path

    @property
    def part(self) -> Path:
        """The part that is being made."""
        return self.folder / "part"

    @property
    def spectra(self) -> Path:
        """The shards of spectra, already within the part."""
        return self.part / "spectra"

    @property
    def models(self) -> Path:
        """The models by which spectra can be added, within the part."""
        return self.part / "models"

    @property
    def stages(self) -> StageStore:
        """The results of the stages after reading."""
        return StageStore(self.folder / "stages")

    def has_shard(self, number: int) -> bool:
        """Whether all of a shard has been read."""
        return (self.spectra / f"{number:05d}").exists()

    def drop_shard(self, number: int) -> None:
        """Forget a shard, so that it is read again."""
        shutil.rmtree(self.spectra / f"{number:05d}", ignore_errors=True)

    def save_facts(self, number: int, facts: pa.Table, rejects: pa.Table) -> None:
        """Keep what is known of the spectra of a shard, and who was left out."""
        for name, table in (("facts", facts), ("rejects", rejects)):
            path = self._side_file(name, number)
            path.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(table, path)

    def shard_facts(self, number: int) -> pa.Table:
        """Return the facts of the spectra that one shard keeps."""
        return pq.read_table(self._side_file("facts", number))

    def facts(self) -> pa.Table:
        """Return the facts of all spectra kept, in the order of the shards."""
        return self._side_table("facts", FACT_SCHEMA)

    def rejects(self) -> pa.Table:
        """Return file and reason of all that was left out."""
        return self._side_table("rejects", REJECT_SCHEMA)

    def shard_sizes(self) -> list[int]:
        """Return how many spectra each shard holds."""
        return [len(np.load(s / "obj_id.npy", mmap_mode="r")) for s in self._shards()]

    def extents(self) -> Extents:
        """Return how far the spectra reach, in the order of the shards."""
        return Extents.read(self._shards())

    def read_shard(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """Return flux and ivar of a shard on the rest-frame grid, float32, (n_shard, n_grid)."""
        shard = self.spectra / f"{number:05d}"
        return np.load(shard / "rest_flux.npy"), np.load(shard / "rest_ivar.npy")

    def save_spectra(self, name: str, facts: dict[str, np.ndarray], rows: np.ndarray) -> None:
        """Gather some spectra under a name, unless that is done.

        Parameters
        ----------
        name : str
        facts : dict
            What is known of each, shape (n_rows,).
        rows : int64, shape (n_rows,)
            Where they lie, counted through the shards.
        """
        folder = self.folder / name
        if folder.exists():
            return
        draft = self.folder / f".{name}"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
        for fact, values in facts.items():
            np.save(draft / f"{fact}.npy", values)
        for pixels in ("flux", "ivar"):
            self._gather_grid(draft / f"{pixels}.npy", f"rest_{pixels}.npy", rows)
        draft.rename(folder)

    def load_spectra(self, name: str) -> dict[str, np.ndarray]:
        """Return what `save_spectra` kept; `flux` and `ivar` are read as they are used."""
        files = sorted((self.folder / name).glob("*.npy"))
        return {
            f.stem: np.load(f, mmap_mode="r" if f.stem in ("flux", "ivar") else None) for f in files
        }

    def remove(self) -> None:
        """Delete what is left once the part has been adopted; a kill never leaves half a run."""
        doomed = self.folder.with_name(f".{self.folder.name}")
        shutil.rmtree(doomed, ignore_errors=True)
        if self.folder.exists():
            self.folder.rename(doomed)
            shutil.rmtree(doomed, ignore_errors=True)

    def _shards(self) -> list[Path]:
        return sorted(p for p in self.spectra.iterdir() if p.is_dir() and p.name.isdigit())

    def _gather_grid(self, target: Path, name: str, rows: np.ndarray) -> None:
        place = np.argsort(rows)
        ordered = rows[place]
        shape = (rows.size, np.load(self._shards()[0] / name, mmap_mode="r").shape[1])
        gathered = np.lib.format.open_memmap(target, "w+", np.float32, shape)
        start = 0
        for shard in self._shards():
            spectra = np.load(shard / name, mmap_mode="r")
            lo, hi = np.searchsorted(ordered, [start, start + len(spectra)])
            gathered[place[lo:hi]] = spectra[ordered[lo:hi] - start]
            start += len(spectra)
        gathered.flush()

    def _side_file(self, name: str, number: int) -> Path:
        return self.folder / name / f"{number:05d}.parquet"

    def _side_table(self, name: str, schema: pa.Schema) -> pa.Table:
        numbers = [int(shard.name) for shard in self._shards()]
        tables = [pq.read_table(self._side_file(name, k)) for k in numbers]
        return pa.concat_tables([schema.empty_table(), *tables]).combine_chunks()
