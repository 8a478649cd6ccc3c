"""The mock survey as a whole: who is in it, what is planted, its files and its labels."""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from ingest.mock.files import spec_file
from ingest.mock.galaxies import Galaxies, draw_galaxies, make_spectra
from ingest.mock.instrument import observe
from ingest.mock.oddities import (
    KINDS,
    Planted,
    change_galaxies,
    change_rest,
    choose_rows,
    written_redshift,
)
from ingest.read.mock import LABEL_FILE, LABEL_SCHEMA
from ingest.read.sdss_facts import make_spec_obj_id

REPEAT_SHARE = 0.03
CHUNK = 250
FIRST_PLATE, FIBERS, MJD = 20, 640, 58000


def write_survey(
    folder: Path, rows: int, seed: int, advance: Callable[[int], None] = lambda done: None
) -> None:
    """Write a mock survey into a folder: spec files and the labels of what is planted.

    Parameters
    ----------
    folder : Path
        Created; files of an earlier run with the same rows and seed are the same.
    rows : int
        Spectra; about three in a hundred are second ones of a source.
    seed : int
    advance : callable
        Told how many more files are written.
    """
    repeats = int(REPEAT_SHARE * rows)
    random = np.random.default_rng([seed, rows])
    galaxies = draw_galaxies(rows - repeats, random)
    planted = choose_rows(rows - repeats, random)
    galaxies = change_galaxies(galaxies, planted)
    odd_by_row = {odd.row: odd for odd in planted}
    plain = np.setdiff1d(np.arange(rows - repeats), list(odd_by_row))
    who = np.concatenate([np.arange(rows - repeats), random.choice(plain, repeats, replace=False)])
    for start in range(0, rows, CHUNK):
        chosen = who[start : start + CHUNK]
        _write_chunk(
            folder, start, galaxies.take(chosen), [odd_by_row.get(int(r)) for r in chosen], seed
        )
        advance(chosen.size)
    _write_labels(folder, [(_survey_id(odd.row), odd) for odd in planted])


def _write_chunk(
    folder: Path, start: int, galaxies: Galaxies, odd: list[Planted | None], seed: int
) -> None:
    spectra = make_spectra(galaxies)
    for i, facts in enumerate(_facts(start, galaxies)):
        # A stream of its own for each file: it does not depend on how the survey is cut.
        random = np.random.default_rng([seed, start + i])
        z, rest, planted = float(galaxies.z[i]), spectra[i], odd[i]
        if planted is not None:
            rest = change_rest(rest, planted, z, random)
            facts["Z"] = facts["Z_NOQSO"] = written_redshift(z, planted)
        rest = rest * galaxies.brightness[i]
        observed = observe(rest, z, float(galaxies.sn[i]), planted, random)
        good = observed.ivar > 0
        sn = float(np.median(observed.flux[good] * np.sqrt(observed.ivar[good])))
        facts |= {"SN_MEDIAN": sn, "SN_MEDIAN_ALL": sn}
        path = folder / "spec" / f"{facts['PLATE']:04d}" / _file_name(facts)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(spec_file(observed, facts))


def _facts(start: int, galaxies: Galaxies) -> Iterator[dict]:
    jitter = np.random.default_rng(start).uniform(-0.3, 0.3, (2, len(galaxies))) / 3600
    for i in range(len(galaxies)):
        plate, fiber = divmod(start + i, FIBERS)
        yield {
            "SPECOBJID": _survey_id(start + i),
            "RUN2D": "mock",
            "PLUG_RA": float(galaxies.ra[i] + jitter[0, i]),
            "PLUG_DEC": float(galaxies.dec[i] + jitter[1, i]),
            "CLASS": "GALAXY",
            "SUBCLASS": _subclass(galaxies, i),
            "Z": galaxies.z[i],
            "Z_NOQSO": galaxies.z[i],
            "Z_ERR": 1e-5,
            "Z_ERR_NOQSO": 1e-5,
            "VDISP": galaxies.vdisp[i],
            "PLATE": FIRST_PLATE + plate,
            "MJD": MJD,
            "FIBERID": fiber + 1,
        }


def _subclass(galaxies: Galaxies, i: int) -> str:
    if galaxies.hardness[i] > 0.4 and galaxies.halpha_ew[i] > 2:
        return "AGN"
    if galaxies.halpha_ew[i] > 50:
        return "STARBURST"
    return "STARFORMING" if galaxies.halpha_ew[i] > 8 else ""


def _survey_id(row: int) -> str:
    plate, fiber = divmod(row, FIBERS)
    return str(make_spec_obj_id(FIRST_PLATE + plate, MJD, fiber + 1, "0"))


def _file_name(facts: dict) -> str:
    return f"spec-{facts['PLATE']:04d}-{facts['MJD']}-{facts['FIBERID']:04d}.fits"


def _write_labels(folder: Path, planted: list[tuple[str, Planted]]) -> None:
    with (folder / LABEL_FILE).open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(LABEL_SCHEMA.names)
        for survey_id, odd in planted:
            writer.writerow([survey_id, odd.kind, odd.amplitude, KINDS[odd.kind].meaning])
