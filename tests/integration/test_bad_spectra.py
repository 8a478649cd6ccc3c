"""Bad input of the ingest: used, or rejected with a reason that a person understands."""

import gzip
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ingest.batches import Spectrum, SpectrumBatch
from ingest.cli import ingest
from ingest.errors import RejectedSpectrum, SourceError
from ingest.prepare.restframe import to_rest_grid
from ingest.published.properties import read_properties
from ingest.read.readers import READERS, choose_reader
from ingest.read.sources import list_sources
from ingest.reading import read_survey
from ingest.settings import IngestSettings
from ingest.workspace import Workspace
from tests.support.shared import shared_path
from tests.unit.ingest.read.desi_file import make_coadd, make_redrock
from tests.unit.ingest.read.plate_file import write_plate
from tests.unit.ingest.read.spec_file import make_file, make_pixels, make_row, make_table
from tests.unit.ingest.read.test_table import many
from tests.unit.ingest.read.test_table import write as write_table

NUMBER = re.compile(r"-?\d+(\.\d+)?%?")
INNARDS = re.compile(r"Error|Traceback|/tmp/|/work|object at|None\b|dtype|0x|\bnan\b")


def read_all(source: Path, survey: str, work: Path, **changed: Any) -> Workspace:
    sources = list_sources([str(source)])
    reader = choose_reader(survey, sources)
    workspace = Workspace(work)
    read_survey(sources, reader, IngestSettings(**changed), workspace, lambda count: None)
    return workspace


def tell(workspace: Workspace) -> tuple[int, dict[str, int]]:
    """Return how many are kept, and how often each reason is given, numbers left out."""
    reasons = workspace.rejects()["reason"].to_pylist()
    assert all(reason and len(reason) < 200 and not INNARDS.search(reason) for reason in reasons)
    return workspace.facts().num_rows, dict(Counter(NUMBER.sub("#", r) for r in reasons))


def test_every_mixed_spectrum_is_used_or_rejected_with_a_reason(tmp_path: Path) -> None:
    kept, reasons = tell(read_all(shared_path("data/sdss_mixed"), "auto", tmp_path))
    assert kept == 35
    assert reasons == {
        "is a sky fibre, not a target": 38,
        "its class is STAR, the sample is GALAXY": 10,
        "its class is QSO, the sample is GALAXY": 9,
        "covers # of rest ## Angstrom, less than #": 8,
        "its redshift # is outside # to #": 7,
        "has no good pixel: flux is not finite or ivar is # everywhere": 1,
    }


def test_a_sample_without_cuts_keeps_every_mixed_spectrum_of_a_target(tmp_path: Path) -> None:
    every = {"spec_class": "", "z_min": -0.01, "z_max": 10.0, "min_coverage": 0.0}
    kept, reasons = tell(read_all(shared_path("data/sdss_mixed"), "auto", tmp_path, **every))
    assert (kept, sum(reasons.values())) == (69, 39)


def test_every_desi_spectrum_is_used(tmp_path: Path) -> None:
    cuts = {"z_min": 0.005, "min_coverage": 0.5}
    assert tell(read_all(shared_path("data/desi"), "auto", tmp_path, **cuts)) == (2, {})


CATALOGUES = {
    "table": {"has no column of flux; name it flux or flux_density": 2},
    "specutils": {"is in no format that specutils reads, or damaged": 2},
}


@pytest.mark.parametrize("survey", CATALOGUES)
def test_catalogues_are_no_spectra(tmp_path: Path, survey: str) -> None:
    found = tell(read_all(shared_path("data/catalogues"), survey, tmp_path))
    assert found == (0, CATALOGUES[survey])


def test_catalogues_are_of_no_known_survey() -> None:
    with pytest.raises(SourceError, match="None of 2 files is a spectrum of a known survey"):
        choose_reader("auto", list_sources([str(shared_path("data/catalogues"))]))


def test_catalogues_are_properties_or_say_why_not() -> None:
    told = {}
    for path in sorted(shared_path("data/catalogues").iterdir()):
        try:
            told[path.name] = read_properties(path).match.told
        except SourceError as error:
            told[path.name] = str(error)
    assert told.pop("skyserver_3000_111021.xml") == "specObjID"
    assert told.pop("skyserver_3000_galaxies.xml") == "position within 2 arcsec"
    assert "specobjid have lost their last digits" in told.pop("skyserver_sql_10000.csv")
    assert not told


@pytest.mark.parametrize("survey", ["sdss", "spplate", "desi", "table", "specutils"])
def test_a_reader_rejects_the_files_of_others(tmp_path: Path, survey: str) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    workspace = read_all(folder, survey, tmp_path / "work", min_coverage=0.0)
    _, reasons = tell(workspace)
    assert reasons


WAVES = 3.58 + 1e-4 * np.arange(4000)


def spec(pixels: dict[str, Any], facts: dict[str, Any]) -> bytes:
    good = make_pixels(4000, loglam=WAVES.astype("f4"), flux=np.full(4000, 5, "f4"))
    return make_file(make_table(good | pixels), make_row(Z_NOQSO=np.float32(0), **facts))


def z(value: float) -> dict[str, Any]:
    return {"Z": np.float32(value)}


GOOD = z(0.02)
TURNED = {"loglam": WAVES[::-1].astype("f4")}
REPEATED = {"loglam": np.repeat(WAVES[::2], 2).astype("f4")}
IN_ANGSTROM = {"loglam": (10**WAVES).astype("f4")}
BAD: dict[str, tuple[dict, dict, str]] = {
    "negative-ivar": ({"ivar": np.full(4000, -1, "f4")}, GOOD, "has no good pixel"),
    "half-negative": ({"ivar": np.repeat([-1, 1], 2000).astype("f4")}, GOOD, "covers 39%"),
    "infinite-ivar": ({"ivar": np.full(4000, np.inf, "f4")}, GOOD, "has no good pixel"),
    "turned": (TURNED, GOOD, "its wavelengths do not increase"),
    "repeated": (REPEATED, GOOD, "its wavelengths do not increase"),
    "in-angstrom": (IN_ANGSTROM, GOOD, "between 1000 Angstrom and 10 micron"),
    "z-0": ({}, z(0), "its redshift 0.00000 is outside 0.01 to 1.0"),
    "z-minus-1": ({}, z(-1), "its redshift -1.00000 is outside"),
    "z-nan": ({}, z(np.nan), "the redshift is missing"),
    "z-inf": ({}, z(np.inf), "the redshift is missing"),
    "z-1100": ({}, z(1100), "its redshift 1100.00000 is outside"),
    "off-the-sky": ({}, GOOD | {"PLUG_DEC": 91.0}, "position is missing or no place on the sky"),
}


def test_bad_values_are_told_and_the_good_spectrum_beside_them_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    for number, (name, (pixels, facts, _)) in enumerate(BAD.items()):
        made = spec(pixels, facts | {"SPECOBJID": f"{number + 1:022d}"})
        (folder / f"{name}.fits").write_bytes(made)
    good = make_pixels(4000)["ivar"].copy()
    good[::100] = -1
    (folder / "good.fits").write_bytes(spec({"ivar": good}, GOOD | {"SPECOBJID": f"{99:022d}"}))
    workspace = read_all(folder, "sdss", tmp_path / "work", min_coverage=0.6)
    assert workspace.facts()["survey_id"].to_pylist() == ["99"]
    rejects = workspace.rejects().to_pylist()
    told = {row["source_file"].removesuffix(".fits"): row["reason"] for row in rejects}
    assert told.keys() == BAD.keys()
    for name, (_, _, said) in BAD.items():
        assert said in told[name], name


def test_units_and_identifiers_of_tables_are_checked(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    metres = write_table(many(), units={"wave": "m"})
    counts = write_table(many(), units={"flux": "ct"})
    mangled = write_table(many(id=[3.96333e18, 3.96333e18, 3.96333e18]))
    for name, data in {"a": metres, "b": counts, "c": mangled}.items():
        (folder / f"{name}.fits").write_bytes(data)
    kept, reasons = tell(read_all(folder, "table", tmp_path / "work"))
    assert kept == 0
    assert sorted(reasons.values()) == [3, 3, 3]
    told = " ".join(reasons)
    for said in ("name its unit", "is in ct, which is not", "is a floating-point number"):
        assert said in told


PLATE, ZBEST = write_plate([spec({}, GOOD)])
FILES = {
    "spec-1.fits": spec({}, GOOD),
    "spPlate-0001-52000.fits": PLATE,
    "spZbest-0001-52000.fits": ZBEST,
    "coadd-a.fits": make_coadd(),
    "redrock-a.fits": make_redrock(),
    "many.fits": write_table(many()),
    "many.vot": write_table(many(), "votable"),
    "many.parquet": write_table(many(), "parquet"),
}
READ_BY = {
    "sdss": ("spec-1.fits",),
    "spplate": ("spPlate-0001-52000.fits", "spZbest-0001-52000.fits"),
    "desi": ("coadd-a.fits", "redrock-a.fits"),
    "table": ("many.fits",),
    "specutils": ("many.fits",),
}
BYTES = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=8)


def read_damaged(survey: str, files: dict[str, bytes]) -> list[Spectrum | RejectedSpectrum]:
    (reader,) = (r for r in READERS if r.name == survey)
    name = READ_BY[survey][0]
    try:
        return list(reader.read(name, files[name], files.get))
    except RejectedSpectrum as reason:
        return [reason]


@pytest.mark.parametrize("survey", READ_BY)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(share=st.floats(0, 1), which=st.integers(0, 1), damage=BYTES)
@example(share=0.0, which=0, damage=[])
def test_files_cut_or_damaged_anywhere_never_stop_a_run(
    survey: str, share: float, which: int, damage: list[tuple[float, int]]
) -> None:
    name = READ_BY[survey][which % len(READ_BY[survey])]
    data = bytearray(FILES[name])
    for place, value in damage:  # most of it where headers are
        data[int(place * min(len(data), 40_000))] = value
    found = read_damaged(survey, FILES | {name: bytes(data[: int(share * len(data))])})
    reasons = [str(reason) for reason in found if isinstance(reason, RejectedSpectrum)]
    assert all(reasons)
    spectra = [spectrum for spectrum in found if isinstance(spectrum, Spectrum)]
    gridded = to_rest_grid(SpectrumBatch.collect(spectra))
    assert np.isfinite(gridded.flux).all()
    assert np.isfinite(gridded.ivar).all()


def test_a_real_file_cut_at_any_block_is_whole_or_rejected(tmp_path: Path) -> None:
    path = next(iter(sorted(shared_path("data/sdss_dr14/native").glob("spec-*.fits"))))
    data = path.read_bytes()
    (reader,) = (r for r in READERS if r.name == "sdss")
    (whole,) = reader.read(path.name, data)
    outcomes = []
    for length in range(0, len(data), 1440):
        try:
            (found,) = reader.read(path.name, data[:length])
        except RejectedSpectrum as reason:
            outcomes.append(str(reason))
        else:
            assert np.array_equal(found.flux, whole.flux)
            assert found.facts == whole.facts
            outcomes.append("whole")
    # Once both tables are there the rest may be missing, and only then.
    first = outcomes.index("whole")
    assert set(outcomes[first:]) == {"whole"}
    assert all("cut short" in o or o in START for o in outcomes[:first])
    assert len(data) * 0.6 < first * 1440


START = (
    "is not a FITS file",
    "has no table with the columns flux, loglam and ivar",
    "has no second table with redshift and position",
)


@pytest.mark.parametrize("share", np.linspace(0.001, 0.999, 12))
def test_a_gzipped_file_cut_anywhere_is_told(tmp_path: Path, share: float) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    whole = gzip.compress(spec({}, GOOD))
    (folder / "a.fits.gz").write_bytes(whole[: int(share * len(whole))])
    _, reasons = tell(read_all(folder, "sdss", tmp_path / "work"))
    assert next(iter(reasons)) in ("is a gzip file that is cut short", "is not a FITS file")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sead = 5", "Unknown setting 'sead'. Settings are: survey, seed,"),
        ("seed = '5'", "Setting 'seed' must be of type int."),
        ("z_max = 1100", "Setting 'z_max' is 1100.0; it must lie between 0 and 10."),
        ("z_min = nan", "Setting 'z_min' is nan; it must lie between"),
        ("regions = [1]", "Setting 'regions' must be a list of names."),
        ("regions = ['na']", "Unknown region 'na'"),
        ("survey = 'sdds'", "Unknown survey 'sdds'. Known are: auto, sdss, mock, spplate, desi,"),
        ("[survey]\nname = 'sdss'", "Setting 'survey' must be of type str."),
        ("seed = 1\nseed = 2", "is not TOML"),
    ],
)
def test_a_wrong_settings_file_is_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    config = tmp_path / "settings.toml"
    config.write_text(text)
    (tmp_path / "a.fits").write_bytes(FILES["spec-1.fits"])
    arguments = [str(tmp_path / "a.fits"), "--into", str(tmp_path / "r"), "--config", str(config)]
    answer = CliRunner().invoke(ingest, arguments)
    assert answer.exit_code == 2, answer.output
    assert said in answer.output
    assert "Traceback" not in answer.output
