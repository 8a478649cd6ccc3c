"""The desktop programs: whether they are installed, and starting those that do not run."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable

import click

from sampclient.aladin import can_reach_images

COMMANDS = {"TOPCAT": "topcat", "Aladin": "aladin"}


def start_missing(names: Iterable[str], start: bool | None, say: Callable[[str], None]) -> None:
    """Start the programs that are installed and not on the hub, when the user wants it.

    Parameters
    ----------
    names : iterable of str
        Of the programs on the hub, in lower case.
    start : bool, optional
        Without it the user is asked, on a terminal.
    say : callable

    Raises
    ------
    click.Abort
        When the user presses Ctrl-C instead of answering.
    """
    if start is False:
        return
    there = set(names)
    for program in (p for p in COMMANDS if p.lower() not in there):
        path = shutil.which(COMMANDS[program])
        if path is None:
            say(f"{program} is not installed here.")
        elif _is_wanted(program, start):
            _start(path)
            say(f"Starting {program}.")


def _is_wanted(program: str, start: bool | None) -> bool:
    if start:
        return True
    is_terminal = sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()
    return is_terminal and _ask(f"{program} does not run. Start it?")


def _ask(question: str) -> bool:
    """Ask; Ctrl-C at the question is one that does not wait for an answer."""
    ending = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return click.confirm(question, default=False)
    finally:
        signal.signal(signal.SIGINT, ending)


def _start(path: str) -> None:
    # Without a network Aladin tells its user of errors unless it is told so.
    offline = path.endswith("aladin") and not can_reach_images()
    subprocess.Popen(
        [path, *(["-local"] if offline else [])],
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
