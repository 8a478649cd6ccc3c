"""The demonstration: a mock survey, ingested, and what of the planted oddities was found."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from rich.console import Console
from rich.table import Table

from ingest.mock.survey import write_survey
from ingest.progress import progress_bars, step
from ingest.settings import IngestSettings
from ingest.store import Release, prepared_root, read_table

SEED = 1
TOP_SHARE = 0.05
LISTS = ("pca_worst", "pca_mean", "pca_narrow", "whole", "consensus")
"""Ranks of `objects` by which the planted are looked for."""

Run = Callable[[list[str], Path, IngestSettings], Release]


def make_demo(root: Path, rows: int, run: Run) -> None:
    """Make a release of a mock survey and print how well its oddities are found.

    Parameters
    ----------
    root : Path
        Directory of the release; the survey's files lie in its `work` folder.
    rows : int
    run : callable
        The ingest.
    """
    with prepared_root(root):
        folder = root / "work" / f"mock-{rows}-{SEED}"
        _write_once(folder, rows)
    release = run([str(folder)], root, IngestSettings(survey="mock"))
    print_found(release)


def print_found(release: Release) -> None:
    """Print the share of the planted among the strangest, by kind and list."""
    found = find_planted(release)
    table = Table(title=f"Planted oddities among the {TOP_SHARE:.0%} strangest (found / planted)")
    for heading in ("kind", *LISTS):
        table.add_column(heading, justify="left" if heading == "kind" else "right")
    for kind, counts in found.items():
        table.add_row(kind, *(f"{counts[name]} / {counts['planted']}" for name in LISTS))
    Console().print(table)


def find_planted(release: Release) -> dict[str, dict[str, int]]:
    """Count the planted that each list has among its strangest.

    Returns
    -------
    dict of dict
        By kind, the last one `all`: how many are `planted`, and how many each list finds.
    """
    labels = read_table(release, "oddsky.mock_labels")
    objects = read_table(release, "oddsky.objects")
    joined = labels.join(objects, "obj_id", join_type="inner")
    limit = TOP_SHARE * objects.num_rows
    kinds = np.asarray(joined["kind"].to_pylist())
    tops = {name: _top(joined, name, limit) for name in LISTS}
    every: dict[str, Any] = {kind: kinds == kind for kind in sorted(set(kinds))}
    every["all"] = np.ones(kinds.size, bool)
    return {
        kind: {"planted": int(rows.sum())} | {n: int(top[rows].sum()) for n, top in tops.items()}
        for kind, rows in every.items()
    }


def _top(joined: pa.Table, name: str, limit: float) -> np.ndarray:
    rank = joined[f"{name}_rank"].fill_null(2**31 - 1).to_numpy()
    return rank <= limit


def _write_once(folder: Path, rows: int) -> None:
    """Write the survey, unless a run before has written all of it: labels come last."""
    if (folder / "planted.csv").exists():
        return
    with progress_bars() as bars, step(bars, "Making the mock survey", rows) as advance:
        write_survey(folder, rows, SEED, advance)
