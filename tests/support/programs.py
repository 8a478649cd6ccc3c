"""Run client programs, or skip; under CI=true a missing program fails."""

import shutil
import subprocess

from tests.support.shared import missing


def run_program(*command: str, seconds: float = 300) -> subprocess.CompletedProcess:
    """Run a program and return what it said."""
    if shutil.which(command[0]) is None:
        missing(f"needs the program {command[0]}")
    return subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
