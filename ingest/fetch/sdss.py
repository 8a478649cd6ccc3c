"""Where SDSS, BOSS and eBOSS spectra lie in the Science Archive Server, and how they are named."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.errors import SourceError
from ingest.fetch.index import Index
from ingest.fetch.wanted import Place, Wanted

ARCHIVE = "https://data.sdss.org/sas"
CATALOGUE = "https://skyserver.sdss.org/{release}/SkyServerWS/SearchTools/SqlSearch"

LEGACY_RUNS = ("26", "103", "104")
"""Reductions of SDSS-I/II: the main survey, and SEGUE's two."""

BOSS_RUNS = {
    "dr13": "v5_9_0",
    "dr14": "v5_10_0",
    "dr15": "v5_10_0",
    "dr16": "v5_13_0",
}
LAST_BOSS_RUN = "v5_13_2"
"""Of DR17 and all later releases."""

FIRST_BOSS_PLATE = 3510
NAME = re.compile(r"^(?:spec-)?(\d{1,5})-(\d{5})-(\d{1,4})(?:\.fits)?$")
RELEASE = re.compile(r"^dr(1[3-9]|2\d)$")
RUN2D = re.compile(r"^(26|103|104|v\d+_\d+_\d+)\Z")


@dataclass(frozen=True, slots=True)
class Fibre:
    """A spectrum by plate, MJD and fibre; run2d where it is known."""

    plate: int
    mjd: int
    fibre: int
    run2d: str | None = None

    def __post_init__(self) -> None:
        # A table's text becomes part of a URL and of a path on disk.
        if self.run2d is not None:
            _check_run2d(self.run2d)

    @property
    def file(self) -> str:
        """The name of its file."""
        return f"spec-{self.plate:04d}-{self.mjd}-{self.fibre:04d}.fits"


@dataclass(frozen=True, slots=True)
class SdssArchive:
    """The archive of one release.

    Attributes
    ----------
    root : str
        URL above the releases.
    release : str
        dr13 or later.
    run2d : str or None
        The reduction that is wanted; None tries those that the release has.
    """

    root: str = ARCHIVE
    release: str = "dr17"
    run2d: str | None = None

    def __post_init__(self) -> None:
        if not RELEASE.match(self.release):
            raise SourceError(f"There is no release '{self.release}' here; name dr13 or later.")
        if self.run2d is not None:
            _check_run2d(self.run2d)

    def folder(self, run2d: str, plate: int) -> str:
        """Return the URL of the lite spectra of a plate."""
        root = self.root.rstrip("/")
        if int(self.release[2:]) >= 18:
            tree = "spectro/sdss/redux"
        else:
            tree = f"{'sdss' if run2d in LEGACY_RUNS else 'eboss'}/spectro/redux"
        return f"{root}/{self.release}/{tree}/{run2d}/spectra/lite/{plate:04d}"

    def wanted(self, fibre: Fibre) -> Wanted:
        """Return the places where a spectrum may lie."""
        runs = self._runs(fibre)
        return Wanted(
            f"{fibre.plate}-{fibre.mjd}-{fibre.fibre}",
            tuple(
                Place(
                    f"{self.folder(run, fibre.plate)}/{fibre.file}",
                    f"sdss/{run}/{fibre.plate:04d}/{fibre.file}",
                )
                for run in runs
            ),
        )

    def list_plate(self, index: Index, text: str) -> Iterator[Fibre]:
        """Yield the spectra that the archive lists of a plate, "1678-53433".

        Raises
        ------
        SourceError
            When it lists none.
        """
        match = re.fullmatch(r"(\d{1,5})-(\d{5})", text)
        if not match:
            raise SourceError(f"'{text}' is no plate; write plate-mjd, as in 1678-53433.")
        plate, mjd = map(int, match.groups())
        for run in self._runs(Fibre(plate, mjd, 0)):
            names = index.names(self.folder(run, plate))
            listed = (NAME.match(name) for name in sorted(names))
            fibres = [int(m[3]) for m in listed if m and (int(m[1]), int(m[2])) == (plate, mjd)]
            if fibres:
                yield from (Fibre(plate, mjd, fibre, run) for fibre in fibres)
                return
        raise SourceError(
            f"The archive lists no spectra of plate {text} in {self.release}; check the number, "
            "--release and --run2d."
        )

    def _runs(self, fibre: Fibre) -> tuple[str, ...]:
        known = self.run2d or fibre.run2d
        if known:
            return (known,)
        if fibre.plate < FIRST_BOSS_PLATE:
            return LEGACY_RUNS
        return (BOSS_RUNS.get(self.release, LAST_BOSS_RUN),)


def parse_id(text: str) -> Fibre:
    """Read what a user calls a spectrum: plate-mjd-fibre, a file's name, or a specObjID.

    Raises
    ------
    SourceError
        When it is none of these.
    """
    match = NAME.match(text)
    if match:
        return Fibre(int(match[1]), int(match[2]), int(match[3]))
    if text.isdigit():
        return decode_spec_obj_id(int(text))
    hint = " A spreadsheet has cut its digits." if re.match(r"^\d\.\d+[eE]\+?\d+$", text) else ""
    raise SourceError(
        f"'{text}' names no SDSS spectrum; write plate-mjd-fibre or a specObjID.{hint}"
    )


def decode_spec_obj_id(number: int) -> Fibre:
    """Take a specObjID of DR8 or later apart: plate, fibre, MJD - 50000 and run2d, bit by bit."""
    plate, fibre = number >> 50 & 0x3FFF, number >> 38 & 0xFFF
    mjd, run = (number >> 24 & 0x3FFF) + 50000, number >> 10 & 0x3FFF
    if number >= 1 << 64 or not (plate and 0 < fibre <= 1000 and mjd > 50000 and run):
        raise SourceError(f"{number} is no specObjID of SDSS; check its digits.")
    return Fibre(plate, mjd, fibre, _run2d(run))


def _check_run2d(text: str) -> None:
    if not RUN2D.match(text):
        raise SourceError(f"'{text}' is no reduction; run2d is 26, 103, 104 or like v5_13_2.")


def _run2d(number: int) -> str:
    if str(number) in LEGACY_RUNS:
        return str(number)
    major, rest = divmod(number, 10000)
    return f"v{major + 5}_{rest // 100}_{rest % 100}"
