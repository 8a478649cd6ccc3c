"""What the lists find of oddities planted into 700 real spectra, by models that never saw them.

    python -m tests.benchmarks.planted [RELEASE]

Without the directory of a release it ingests the 700; needs ../shared then.
"""

import sys
import tempfile
from pathlib import Path

import duckdb

from ingest.cli import run
from ingest.settings import IngestSettings
from tests.support.shared import shared_path
from vo_service.release.part import TABLES_FILE
from vo_service.release.release import Release

QUERY = """
WITH single AS (
    SELECT *, ROW_NUMBER() OVER (
        PARTITION BY kind, amplitude ORDER BY recall_1 DESC, recall_5 DESC, auc DESC, detector
    ) AS place
    FROM oddsky.planted WHERE detector <> 'any_window'
), reach AS (
    SELECT kind, amplitude, MAX(recall_5) AS best_5 FROM single GROUP BY ALL
)
SELECT s.kind, s.amplitude, s.n_copies, s.detector, s.recall_1, s.recall_1_lo, s.recall_1_hi,
       r.best_5, a.recall_1, a.listed_1, a.recall_5
FROM single AS s
JOIN reach AS r USING (kind, amplitude)
JOIN oddsky.planted AS a USING (kind, amplitude)
WHERE s.place = 1 AND a.detector = 'any_window'
ORDER BY s.kind, s.amplitude
"""

HEADLINE = """
PIVOT (
    SELECT kind, amplitude, detector, recall_1 FROM oddsky.planted
    WHERE detector IN ('pca_worst', 'pca_mean', 'pca_narrow', 'pca_frac', 'forest_v1', 'forest_v2',
                       'fisher', 'isolation', 'knn')
      AND amplitude = (SELECT MAX(amplitude) FROM oddsky.planted AS p WHERE p.kind = planted.kind)
) ON detector USING FIRST(recall_1) ORDER BY kind
"""


def main() -> None:
    """Print the best single list of every kind and amplitude, and each headline detector's."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder) / "real"
        if not root.exists():
            archive = shared_path("data/sdss_dr14/spec-lite-700.tar.xz")
            run([str(archive)], root, IngestSettings(report_spectra=1))
        part = next(part for part in Release.open(root).parts if part.kind == "ingest")
        with duckdb.connect(str(part.folder / TABLES_FILE), read_only=True) as db:
            _tell(db)


def _tell(db: duckdb.DuckDBPyConnection) -> None:
    print("                          best single list                 1 %    68 %        5 %   "
          "any window  of unaltered   5 %")  # fmt: skip
    for kind, size, copies, name, best, lo, hi, best_5, window, listed, window_5 in db.sql(
        QUERY
    ).fetchall():
        print(f"{kind:15} {size:7g} {copies:3d} {name:25} {best:.2f}  {lo:.2f}-{hi:.2f}  "
              f"{best_5:.2f}     {window:.2f}         {listed:.3f}    {window_5:.2f}")  # fmt: skip
    found = db.sql(HEADLINE)
    print("\nat 1 %, the plainest amplitude\n" + " ".join(f"{c[:10]:>10}" for c in found.columns))
    for row in found.fetchall():
        print(" ".join(f"{v:>10.2f}" if isinstance(v, float) else f"{v:>10}" for v in row))


if __name__ == "__main__":
    main()
