"""Equivalent widths beside SDSS's own, for lines that the pipeline measures well.

    python -m tests.benchmarks.lines

Needs ../shared.
"""

import tempfile
from pathlib import Path

import numpy as np
from astropy.table import Table, join

from ingest.cli import run
from ingest.settings import IngestSettings
from ingest.store import read_table
from tests.support.shared import shared_path
from tests.support.spzline import read_pipeline_lines
from vo_service.release.release import Release

MIN_EW, TOLERANCE = 3.0, 0.2


def main() -> None:
    """Print, line by line, the share of equivalent widths that agree within 20 %."""
    with tempfile.TemporaryDirectory() as folder:
        archive = shared_path("data/sdss_dr14/spec-lite-700.tar.xz")
        release = run([str(archive)], Path(folder) / "release", IngestSettings(regions=("halpha",)))
        shares = compare(release)
    print("line        lines  within 20 %   median ratio")
    for line, (count, share, ratio) in shares.items():
        print(f"{line:10} {count:6d} {share:12.3f} {ratio:14.3f}")


def compare(release: Release) -> dict[str, tuple[int, float, float]]:
    """Return by line: how many, the share within 20 % of SDSS's, the median of ours over theirs."""
    ours = read_table(release, "oddsky.line_fits").join(
        read_table(release, "oddsky.objects").select(["obj_id", "survey_id"]), "obj_id"
    )
    table = Table({n: ours[n].to_numpy(zero_copy_only=False) for n in ("line_id", "ew")})
    table["survey_id"] = ours["survey_id"].to_pylist()
    table["line_id"] = table["line_id"].astype(str)
    both = join(
        table, read_pipeline_lines(), ("survey_id", "line_id"), table_names=("ours", "sdss")
    )
    both = both[(both["ew_sdss"] > MIN_EW) & (both["ew_sdss"] > 5 * both["ew_err"])]
    return {line: _judge(both[both["line_id"] == line]) for line in np.unique(both["line_id"])}


def _judge(rows: Table) -> tuple[int, float, float]:
    ratio = np.asarray(rows["ew_ours"] / rows["ew_sdss"], float)
    ratio = ratio[np.isfinite(ratio)]
    return ratio.size, float((np.abs(ratio - 1) < TOLERANCE).mean()), float(np.median(ratio))


if __name__ == "__main__":
    main()
