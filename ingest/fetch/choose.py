"""From what the user asked for to the files that are wanted."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from ingest.errors import SourceError
from ingest.fetch import desi, sdss
from ingest.fetch.catalogue import Query, batches, integers, read_file, texts
from ingest.fetch.index import Index
from ingest.fetch.positions import Positions, box, match, read_positions
from ingest.fetch.wanted import Wanted
from ingest.read.table_formats import Columns

NearQuery = Callable[[Positions], Columns]


@dataclass(frozen=True, slots=True)
class Asked:
    """What stands on the command line."""

    ids: tuple[str, ...] = ()
    lists: tuple[Path, ...] = ()
    tables: tuple[Path, ...] = ()
    positions: tuple[Path, ...] = ()
    queries: tuple[str, ...] = ()
    plates: tuple[str, ...] = ()
    radius_arcsec: float = 2.0

    def all_ids(self) -> list[str]:
        """Return the ids of the arguments and of the lists."""
        return [*self.ids, *(name for path in self.lists for name in _lines(path))]


@dataclass(slots=True)
class Chosen:
    """What to fetch, and what there is nothing to fetch for: names and reasons."""

    wanted: list[Wanted] = field(default_factory=list)
    missing: list[tuple[str, str]] = field(default_factory=list)


def choose_sdss(asked: Asked, archive: sdss.SdssArchive, index: Index, query: Query) -> Chosen:
    """Find the SDSS spectra that were asked for, each once."""
    chosen = Chosen()
    fibres = [sdss.parse_id(name) for name in asked.all_ids()]
    tables = [read_file(path) for path in asked.tables] + [query(sql) for sql in asked.queries]
    for path in asked.positions:
        tables += _near(chosen, asked, path, lambda some: query(_sdss_near(some)))
    for table in tables:
        fibres += _fibres(table)
    for plate in asked.plates:
        fibres += archive.list_plate(index, plate)
    chosen.wanted = [archive.wanted(fibre) for fibre in _distinct(fibres)]
    return chosen


def choose_desi(asked: Asked, archive: desi.DesiArchive, query: Query) -> Chosen:
    """Find the DESI files that hold the spectra that were asked for, each once."""
    chosen = Chosen()
    named = [desi.parse_id(name) for name in asked.all_ids()]
    pixels = [name for name in named if isinstance(name, desi.Pixel)]
    targets = [name for name in named if isinstance(name, int)]
    tables = [read_file(path) for path in asked.tables] + [query(adql) for adql in asked.queries]
    for path in asked.positions:
        tables += _near(chosen, asked, path, lambda some: query(_desi_near(some, archive)))
    for table in tables:
        if "healpix" in table.values:
            pixels += _pixels(table)
        else:
            targets += integers(table, "targetid")
    pixels += _find_targets(chosen, targets, archive, query)
    chosen.wanted = [w for pixel in dict.fromkeys(pixels) for w in archive.wanted(pixel)]
    return chosen


def _near(chosen: Chosen, asked: Asked, path: Path, query: NearQuery) -> list[Columns]:
    positions = read_positions(read_file(path), asked.radius_arcsec)
    found = []
    for rows in batches(range(positions.ra.size)):
        some = positions.part(list(rows))
        near = match(some, query(some))
        found.append(near.found)
        reason = f"the survey has no spectrum within {asked.radius_arcsec:g} arcsec"
        chosen.missing += [(f"{ra:.6f} {dec:+.6f}", reason) for ra, dec in near.lost.pairs()]
    return found


def _sdss_near(positions: Positions) -> str:
    minutes = positions.radius_arcsec / 60.0
    near = " UNION ".join(
        f"SELECT specObjID FROM dbo.fGetNearbySpecObjAllEq({ra:.7f},{dec:.7f},{minutes:.5f})"
        for ra, dec in positions.pairs()
    )
    return (
        "SELECT s.ra,s.dec,s.plate,s.mjd,s.fiberid,s.run2d FROM SpecObjAll s "
        f"JOIN ({near}) n ON n.specObjID=s.specObjID"
    )


def _desi_near(positions: Positions, archive: desi.DesiArchive) -> str:
    # The Data Lab's service knows no ADQL geometry.
    boxes = " OR ".join(
        f"(mean_fiber_ra BETWEEN {left:.7f} AND {right:.7f} "
        f"AND mean_fiber_dec BETWEEN {low:.7f} AND {high:.7f})"
        for ra, dec in positions.pairs()
        for left, right, low, high in box(ra, dec, positions.radius_arcsec)
    )
    return (
        "SELECT mean_fiber_ra AS ra, mean_fiber_dec AS dec, survey, program, healpix "
        f"FROM {archive.catalogue_table} WHERE {boxes}"
    )


def _find_targets(
    chosen: Chosen, targets: list[int], archive: desi.DesiArchive, query: Query
) -> Iterator[desi.Pixel]:
    for some in batches(list(dict.fromkeys(targets))):
        found = query(
            f"SELECT targetid, survey, program, healpix FROM {archive.catalogue_table} "
            f"WHERE targetid IN ({', '.join(map(str, some))})"
        )
        yield from _pixels(found)
        lost = set(some) - set(integers(found, "targetid"))
        reason = f"the catalogue {archive.catalogue_table} has no such target"
        chosen.missing += [(str(target), reason) for target in some if target in lost]


def _fibres(table: Columns) -> Iterable[sdss.Fibre]:
    # Plate, MJD and fibre survive a spreadsheet, which cuts the digits of a specObjID.
    names = ("plate", "mjd", "fiberid")
    if not all(name in table.values for name in names):
        if "specobjid" not in table.values:
            raise SourceError(
                "The table names no SDSS spectra; it needs the columns plate, mjd and fiberid, or "
                f"specobjid, and has {', '.join(table.values)}."
            )
        values = np.asarray(table.values["specobjid"])
        is_text = values.dtype.kind in "OUS"
        found = texts(table, "specobjid") if is_text else map(str, integers(table, "specobjid"))
        return [sdss.parse_id(name) for name in found]
    plates, mjds, fibres = (integers(table, name) for name in names)
    runs = texts(table, "run2d") if "run2d" in table.values else [""] * len(plates)
    rows = zip(plates, mjds, fibres, runs, strict=True)
    return [sdss.Fibre(plate, mjd, fibre, run or None) for plate, mjd, fibre, run in rows]


def _distinct(fibres: list[sdss.Fibre]) -> list[sdss.Fibre]:
    """Drop repeats, and what is also there with its reduction: two threads would share a file."""
    known = {replace(fibre, run2d=None) for fibre in fibres if fibre.run2d}
    return [f for f in dict.fromkeys(fibres) if f.run2d or f not in known]


def _pixels(table: Columns) -> list[desi.Pixel]:
    columns = texts(table, "survey"), texts(table, "program"), integers(table, "healpix")
    return [desi.Pixel(*row) for row in zip(*columns, strict=True)]


def _lines(path: Path) -> list[str]:
    try:
        lines = [line.strip() for line in path.read_text().splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"Cannot read the list of ids {path}; write one a line.") from error
    return [line for line in lines if line and not line.startswith("#")]
