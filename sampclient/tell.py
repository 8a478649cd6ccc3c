"""What the terminal says: who was clicked, and why the object is odd."""

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from sampclient.listeners import Clicked, Selected
from sampclient.table import LinkedTable

LISTED = 8
"""Names of a selection that are shown."""

BEST_RANKS = 3


class Teller:
    """Writes to a terminal.

    Parameters
    ----------
    console : Console
    """

    def __init__(self, console: Console):
        self._console = console

    def say(self, sentence: str) -> None:
        """Write a sentence."""
        self._console.print(Text(sentence, style="dim"), soft_wrap=True)

    def clicked(self, event: Clicked) -> None:
        """Write name, redshift and ranks of a row."""
        table, row = event.table, event.row
        line = Text(_name(table, row), style="bold")
        z = table.value("redshift", row)
        if z is not None:
            line.append(f"  z {z:.4f}", style="not bold")
        line.append("  " + " · ".join(_ranks(table, row)), style="not bold")
        line.append(f"  obj_id {event.obj_id}, from {event.program}", style="not bold dim")
        self._console.print(line, soft_wrap=True)

    def reasons(self, reasons: list[str]) -> None:
        """Write why the object is odd."""
        for reason in reasons:
            self._console.print(Text(f"    {reason}"), soft_wrap=True)

    def selected(self, event: Selected) -> None:
        """Write how many rows were selected, and the first of them."""
        names = [_name(event.table, row) for row in event.rows[:LISTED].tolist()]
        count = event.rows.size
        more = f" and {count - LISTED} more" if count > LISTED else ""
        line = Text(f"{count} selected", style="bold")
        line.append(f": {', '.join(names)}{more}, from {event.program}", style="not bold")
        self._console.print(line, soft_wrap=True)


def _name(table: LinkedTable, row: int) -> str:
    return str(table.value("name", row) or table.obj_id(row))


def _ranks(table: LinkedTable, row: int) -> Iterator[str]:
    """Yield the rank of the consensus and the best ranks of detectors and regions."""
    consensus = table.value("consensus", row)
    if consensus is not None:
        yield (
            f"consensus {consensus} of {len(table)}" if table.is_whole else f"consensus {consensus}"
        )
    kinds = ("rank", "oddness")
    ranks = {
        role.partition(":")[2]: rank
        for role in table.roles
        if role.partition(":")[0] in kinds and (rank := table.value(role, row)) is not None
    }
    for name in sorted(ranks, key=lambda n: int(str(ranks[n])))[:BEST_RANKS]:
        yield f"{name} {ranks[name]}"
