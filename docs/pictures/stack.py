"""Take the picture of stacks along the map of Na D from a service.

    python docs/pictures/stack.py http://localhost:8080

The picture here shows the survey of `make demo`.
"""

import sys
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

FOLDER = Path(__file__).parent
ASKED = {
    "QUERY": "SELECT obj_id FROM oddsky.objects WHERE is_primary = 1",
    "MAP": "nad",
    "FROM": "0,0",
    "TO": "1,0",
    "GROUPS": 5,
    "REGION": "nad,halpha",
    "RESPONSEFORMAT": "png",
}


def take(url: str) -> None:
    """Ask for the picture that the documentation shows."""
    with urlopen(f"{url}/stack?{urlencode(ASKED)}") as answer:
        (FOLDER / "stack.png").write_bytes(answer.read())


if __name__ == "__main__":
    take(sys.argv[1].rstrip("/"))
