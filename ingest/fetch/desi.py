"""Where DESI's coadded spectra lie, and how they are named."""

import re
from dataclasses import dataclass

from ingest.errors import SourceError
from ingest.fetch.wanted import Place, Wanted

ARCHIVE = "https://data.desi.lbl.gov/public"
CATALOGUE = "https://datalab.noirlab.edu/tap"

PRODUCTIONS = {"edr": "fuji", "dr1": "iron"}
"""The spectroscopic production of each public release."""

KINDS = ("coadd", "redrock")
"""Spectra, and the redshifts that are read with them."""

WORD = re.compile(r"[a-z0-9]+\Z")
PIXEL = re.compile(r"^(?:(\d+):)?([a-z0-9]+)/([a-z0-9]+)/(\d+)$")


@dataclass(frozen=True, slots=True, order=True)
class Pixel:
    """One file of coadded spectra: all targets of a survey and program in a HEALPix pixel."""

    survey: str
    program: str
    healpix: int

    def __post_init__(self) -> None:
        # A table's texts become part of a URL and of a path on disk.
        if not (WORD.match(self.survey) and WORD.match(self.program) and self.healpix >= 0):
            raise SourceError(
                f"There is no DESI pixel {self.survey}/{self.program}/{self.healpix}; a pixel is "
                "like main/dark/27247."
            )


@dataclass(frozen=True, slots=True)
class DesiArchive:
    """The archive of one release."""

    root: str = ARCHIVE
    release: str = "dr1"

    def __post_init__(self) -> None:
        if self.release not in PRODUCTIONS:
            raise SourceError(f"DESI has no release '{self.release}' here; name edr or dr1.")

    @property
    def catalogue_table(self) -> str:
        """The redshift catalogue of the release at the Astro Data Lab."""
        return f"desi_{self.release}.zpix"

    def wanted(self, pixel: Pixel) -> list[Wanted]:
        """Return the coadd file of a pixel and its redshifts."""
        return [self._file(kind, pixel) for kind in KINDS]

    def _file(self, kind: str, pixel: Pixel) -> Wanted:
        where = f"{pixel.survey}/{pixel.program}"
        name = f"{kind}-{pixel.survey}-{pixel.program}-{pixel.healpix}.fits"
        folder = f"{where}/{pixel.healpix // 100}/{pixel.healpix}"
        production = f"{self.release}/spectro/redux/{PRODUCTIONS[self.release]}/healpix"
        url = f"{self.root.rstrip('/')}/{production}/{folder}/{name}"
        path = f"desi/{self.release}/{where}/{pixel.healpix}/{name}"
        return Wanted(f"{kind} {where}/{pixel.healpix}", (Place(url, path),))


def parse_id(text: str) -> Pixel | int:
    """Read survey/program/healpix, with or without "targetid:" before it, or a bare targetid.

    Raises
    ------
    SourceError
        When it is none of these.
    """
    match = PIXEL.match(text)
    if match:
        return Pixel(match[2], match[3], int(match[4]))
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    raise SourceError(
        f"'{text}' names no DESI spectrum; write a targetid, or survey/program/healpix as in "
        "main/dark/27247."
    )
