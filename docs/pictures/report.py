"""Take the pictures of the documentation from the report of a part.

    python docs/pictures/report.py DIR/parts/<run id>/report

The pictures here show the survey of `oddsky demo`.
"""

import shutil
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
TAKEN = {"figure-1.png": "report-whole-map.png", "figure-7.png": "report-stacks.png"}


def take(report: Path) -> None:
    """Copy the pictures that the documentation shows."""
    for name, target in TAKEN.items():
        shutil.copyfile(report / name, FOLDER / target)


if __name__ == "__main__":
    take(Path(sys.argv[1]))
