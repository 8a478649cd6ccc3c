"""A release of rest-frame spectra that tests write themselves, on the grid of all releases."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa

from ingest.published.described import REGIONS
from ingest.subspaces import GRID
from vo_service.release import release as releases
from vo_service.release.field import Field
from vo_service.release.part import PartWriter
from vo_service.release.spectra import write_index, write_shard
from vo_service.release.table import Table

OBJECTS = Table(
    "oddsky",
    "objects",
    "Spectra",
    (
        Field("obj_id", "long", "Identifier", ucd="meta.id;meta.main", role="id"),
        Field("z", "double", "Redshift", ucd="src.redshift", role="redshift"),
        Field("nad_x", "float", "Map", ucd="pos.cartesian.x", role="map:nad:x"),
        Field("nad_y", "float", "Map", ucd="pos.cartesian.y", role="map:nad:y"),
        Field("name", "char", "Name", ucd="meta.title", arraysize="*"),
        Field("random_index", "int", "Place in a random order", ucd="meta.number"),
    ),
    sort_by=("obj_id",),
)
NAD = slice(*(int(np.searchsorted(GRID.wave, limit)) for limit in (5680.0, 6120.0)))

Spectra = Callable[[int, int], tuple[np.ndarray, np.ndarray]]


def make_grid_release(
    root: Path, objects: dict[str, np.ndarray], spectra: Spectra, shard_rows: int
) -> Path:
    """Publish spectra.

    Parameters
    ----------
    root : Path
    objects : dict
        obj_id, and any other column of OBJECTS; what is left out is null.
    spectra : callable
        Gives flux and ivar, float32, shape (stop - start, n_grid), of rows start:stop.
    shard_rows : int
    """
    releases.prepare_root(root)
    draft = root / "work" / "part"
    ids = np.asarray(objects["obj_id"], np.int64)
    with PartWriter(draft) as writer:
        given = {f.name: objects.get(f.name, [None] * ids.size) for f in OBJECTS.fields}
        writer.write_table(OBJECTS, pa.table(given))
        described = {"region_id": ["nad", "whole"], "lo": [5680.0, 3700.0]}
        described |= {"pixels": [NAD.stop - NAD.start, GRID.pixels - 1]}
        described |= {"hi": [6120.0, 8000.0], "description": ["Na D", "All"]}
        writer.write_table(REGIONS, pa.table(described))
        writer.finish("ingest", "part", {})
    for number, start in enumerate(range(0, ids.size, shard_rows)):
        here = slice(start, min(start + shard_rows, ids.size))
        shard = _shard(ids[here], *spectra(here.start, here.stop))
        write_shard(draft / "spectra" / f"{number:05d}", shard)
    write_index(draft / "spectra", GRID.loglam)
    releases.adopt_part(root, draft, "part")
    releases.publish(root, ["part"])
    return root


def _shard(ids: np.ndarray, flux: np.ndarray, ivar: np.ndarray) -> dict[str, np.ndarray]:
    """Return the arrays of a shard whose observed spectra are empty."""
    none = np.empty(0, np.float32)
    return {
        "obj_id": ids,
        "offsets": np.zeros(ids.size + 1, np.int64),
        "loglam0": np.zeros(ids.size),
        "loglam_step": np.zeros(ids.size),
        "flux": none,
        "ivar": none,
        "sky": none,
        "mask": none.astype(np.int32),
        "rest_flux": flux,
        "rest_ivar": ivar,
    }
