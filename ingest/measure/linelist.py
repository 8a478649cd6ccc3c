"""The lines of galaxy spectra, read from `lines.toml`."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Line:
    """A line.

    Attributes
    ----------
    name : str
        Published as `line_id`.
    label : str
        As astronomers write it.
    wave : float
        Rest wavelength, vacuum [Angstrom].
    kind : str
        emission or absorption.
    family : str
        Emission lines of one family share width and offset.
    headline : bool
        Whether its equivalent width stands in `oddsky.objects`.
    """

    name: str
    label: str
    wave: float
    kind: str
    family: str
    headline: bool = False


@cache
def read_lines() -> tuple[Line, ...]:
    """Read all lines, by wavelength."""
    entries = tomllib.loads(files("ingest").joinpath("lines.toml").read_text())["line"]
    return tuple(sorted((Line(**e) for e in entries), key=lambda line: line.wave))
