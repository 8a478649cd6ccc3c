"""The spectrum of an object as a message to spectrum viewers."""

from typing import Any

from sampclient.messages import make_spectrum
from sampclient.table import LinkedTable


def spectrum_message(table: LinkedTable, row: int) -> dict[str, Any] | None:
    """Return spectrum.load.ssa-generic for a row; None when it has no spectrum."""
    url = table.value("access:spectrum", row)
    if url is None:
        return None
    name = str(table.value("name", row) or table.obj_id(row))
    meta = {"Access.Reference": str(url), "Access.Format": "application/x-votable+xml"}
    meta["Target.Name"] = name
    ra, dec, z = (table.value(role, row) for role in ("ra", "dec", "redshift"))
    if ra is not None and dec is not None:
        meta["Target.Pos"] = f"{ra} {dec}"
    if z is not None:
        meta["Target.Redshift"] = str(z)
    return make_spectrum(str(url), name, meta)
