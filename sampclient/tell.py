"""What the terminal says: who was clicked, and why the object is odd."""

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from sampclient.table import LinkedTable

LISTED = 8
"""Names of a selection that are shown."""

BEST_RANKS = 3


class Teller:
    """Writes to a terminal.

    Parameters
    ----------
    table : LinkedTable
    console : Console
    """

    def __init__(self, table: LinkedTable, console: Console):
        self._table, self._console = table, console

    def say(self, sentence: str) -> None:
        """Write a sentence."""
        self._console.print(Text(sentence, style="dim"))

    def clicked(self, program: str, row: int) -> None:
        """Write name, redshift and ranks of a row."""
        table = self._table
        line = Text(f"{table.value('name', row) or table.obj_id(row)}", style="bold")
        z = table.value("redshift", row)
        if z is not None:
            line.append(f"  z {z:.4f}", style="not bold")
        line.append("  " + " · ".join(self._ranks(row)), style="not bold")
        line.append(f"  obj_id {table.obj_id(row)}, from {program}", style="not bold dim")
        self._console.print(line, soft_wrap=True)

    def reasons(self, reasons: list[str]) -> None:
        """Write why the object is odd."""
        for reason in reasons:
            self._console.print(Text(f"    {reason}"), soft_wrap=True)

    def selected(self, program: str, rows: tuple[int, ...]) -> None:
        """Write how many rows were selected, and the first of them."""
        table = self._table
        names = [str(table.value("name", row) or table.obj_id(row)) for row in rows[:LISTED]]
        more = f" and {len(rows) - LISTED} more" if len(rows) > LISTED else ""
        line = Text(f"{len(rows)} selected", style="bold")
        line.append(f": {', '.join(names)}{more}, from {program}", style="not bold")
        self._console.print(line, soft_wrap=True)

    def _ranks(self, row: int) -> Iterator[str]:
        """Yield the rank of the consensus and the best ranks of detectors and regions."""
        table = self._table
        consensus = table.value("consensus", row)
        if consensus is not None:
            yield f"consensus {consensus} of {len(table)}"
        kinds = ("rank", "oddness")
        ranks = {
            role.partition(":")[2]: rank
            for role in table.roles
            if role.partition(":")[0] in kinds and (rank := table.value(role, row)) is not None
        }
        for name in sorted(ranks, key=lambda n: int(str(ranks[n])))[:BEST_RANKS]:
            yield f"{name} {ranks[name]}"
