"""Aladin's copy of the table: the same rows in the same order, and few columns."""

from pathlib import Path

from sampclient.table import LinkedTable

ROLES = ("id", "name", "ra", "dec", "redshift", "consensus")


def write_aladin_copy(table: LinkedTable, folder: Path) -> str:
    """Write the light table; return the file's name."""
    name = f"{table.table_id}-aladin.vot"
    light = table.rows[[table.roles[role] for role in ROLES if role in table.roles]]
    light.write(folder / name, format="votable", tabledata_format="binary", overwrite=True)
    return name
