"""A run that is killed again and again ends as one that nobody disturbed."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np

from tests.support.runs import (
    digests,
    kill_all,
    start_ingest,
    wait_until,
)
from vo_service.release.release import Release
from vo_service.release.spectra import SpectraStore

STAGES = "work/*/stages/"
MOMENTS = (
    # What must have appeared, how many of it at least, and how long after it at most [s].
    ("lock", 1, 0.5),
    ("work/*/facts/*", 1, 0.02),
    ("work/*/part/spectra/0*", 1, 0.05),
    ("work/*/facts/*", 3, 0.05),
    ("work/*/part/spectra/0*", 6, 0.02),
    ("work/*/reference", 1, 0.2),
    (STAGES + "model-*", 1, 0.1),
    (STAGES + "model-*", 8, 0.1),
    (STAGES + "model-*", 24, 0.05),
    (STAGES + "model-detector-*", 3, 0.1),
    (STAGES + "shard-*", 1, 0.05),
    (STAGES + "shard-*", 4, 0.05),
    (STAGES + "planted-*", 1, 0.3),
    (STAGES + "planted-*", 4, 0.3),
    (STAGES + "planted-*", 6, 3.0),
    (STAGES + "map-*", 1, 0.3),
    ("work/*/part/tables.duckdb", 1, 0.6),
    ("work/*/part/part.json", 1, 0.01),
    ("parts/*", 1, 0.05),
    ("current", 1, 0.01),
)
SEED = 5


def appeared(root: Path, pattern: str, count: int) -> Callable[[], bool]:
    return lambda: sum(1 for _ in root.glob(pattern)) >= count


def check_served(root: Path) -> None:
    """Fail when what is served is not whole: every table and spectrum must be there."""
    if not (root / "current").is_symlink():
        return
    release = Release.open(root)
    (part,) = release.parts
    with duckdb.connect(str(part.folder / "tables.duckdb"), read_only=True) as db:
        counted = {
            table.full_name: db.sql(f"SELECT COUNT(*) FROM {table.full_name}").fetchall()[0][0]
            for table in part.tables
        }
        ids = db.sql("SELECT obj_id FROM oddsky.objects").fetchnumpy()["obj_id"]
    assert counted == json.loads((part.folder / "part.json").read_text())["rows"]
    spectra = SpectraStore(part.folder / "spectra")
    assert len(spectra) == len(ids)
    assert all(np.isfinite(spectra.observed(int(i)).wave).all() for i in ids)


def test_a_run_killed_twenty_times_ends_the_same(
    small_survey, small_config, small_digests, tmp_path
):
    random, root = np.random.default_rng(SEED), tmp_path / "killed"
    for i, (pattern, count, seconds) in enumerate(MOMENTS):
        # In turn by one process and by two: a run goes on with any number.
        process = start_ingest(small_survey, root, small_config, "--workers", str(1 + i % 2))
        assert wait_until(appeared(root, pattern, count), process), f"never saw {count} {pattern}"
        time.sleep(random.uniform(0, seconds))
        kill_all(process)
        check_served(root)
    process = start_ingest(small_survey, root, small_config, "--workers", "2")
    assert process.wait() == 0, process.stderr.read()
    check_served(root)
    assert digests(root) == small_digests
    assert list((root / "work").iterdir()) == []
    assert not list(root.glob("*/.*"))
