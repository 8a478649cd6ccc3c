import warnings
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import specutils
from astropy.table import Table
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.batches import Spectrum
from ingest.errors import RejectedSpectrum
from ingest.read.base import nothing_beside
from ingest.read.desi import DesiReader
from ingest.read.readers import choose_reader
from ingest.read.sources import Unreadable, list_sources
from tests.support.shared import shared_path
from tests.unit.ingest.read.desi_file import FLUX_UNIT, IDS, WAVES, make_coadd, make_images
from tests.unit.ingest.read.desi_file import make_redrock as redrock
from tests.unit.ingest.read.spec_file import make_file

NAME = "coadd-sv3-dark-1.fits"
WHEEL = Path(specutils.__file__).parent / "io/default_loaders/tests/desi_test_data"
WHEEL_COADDS = ("coadd-5-169-thru20210419.fits", "coadd-sv3-dark-26065.fits")
B, R = WAVES["B"].size, WAVES["R"].size
R_START, Z_START, END = 2700, 4900, 7781
"""Places of the arms on the joint grid: 5760, 7520 and behind 9824 Angstrom."""


def read(
    coadd: bytes, redshifts: bytes | None = None, name: str = NAME
) -> list[Spectrum | RejectedSpectrum]:
    others = {name.replace("coadd-", "redrock-"): redshifts or redrock()}
    return list(DesiReader().read(name, coadd, others.get))


def spectra(*arguments: bytes) -> list[Spectrum]:
    return [s for s in read(*arguments) if isinstance(s, Spectrum)]


def reason(*arguments: bytes, name: str = NAME) -> str:
    with pytest.raises(RejectedSpectrum) as caught:
        read(*arguments, name=name)
    return str(caught.value)


def reasons(*arguments: bytes) -> list[str]:
    return [str(s) for s in read(*arguments) if isinstance(s, RejectedSpectrum)]


def shared_spectra() -> Iterator[tuple[Path, Spectrum]]:
    folder = shared_path("data/desi")
    for source in list_sources([str(folder)]):
        for name, data in source.members():
            for spectrum in DesiReader().read(name, data, partial(source.beside, name)):
                yield folder / name, spectrum


def judge_arms(path: Path) -> dict[str, tuple[np.ndarray, ...]]:
    """Read an arm's wavelengths, flux, ivar and mask by the loader of specutils."""
    with warnings.catch_warnings(action="ignore"):
        arms = specutils.SpectrumList.read(path, format="DESI coadd")
    return {
        arm.meta["band"].upper(): (
            arm.spectral_axis.value,
            arm.flux.value,
            arm.uncertainty.array,
            arm.meta["int_mask"],
        )
        for arm in arms
    }


def assert_as_specutils(spectrum: Spectrum, path: Path, row: int) -> None:
    arms = judge_arms(path)
    for arm, alone, start in (
        ("B", slice(0, R_START), 0),
        ("R", slice(B, Z_START), R_START),
        ("Z", slice(R_START + R, END), Z_START),
    ):
        wave, flux, ivar, mask = arms[arm]
        part = slice(alone.start - start, alone.stop - start)
        good = mask[row, part] == 0
        assert spectrum.wave[alone] == pytest.approx(wave[part], abs=1e-9)
        assert np.array_equal(spectrum.flux[alone], flux[row, part])
        assert np.array_equal(spectrum.ivar[alone], np.where(good, ivar[row, part], 0))
        assert np.array_equal(spectrum.mask[alone], mask[row, part])
    for (left, right), overlap in (("BR", slice(R_START, B)), ("RZ", slice(Z_START, R_START + R))):
        size = overlap.stop - overlap.start
        flux = np.stack([arms[left][1][row, -size:], arms[right][1][row, :size]]).astype(float)
        ivar = np.stack([arms[left][2][row, -size:], arms[right][2][row, :size]]).astype(float)
        ivar[np.stack([arms[left][3][row, -size:], arms[right][3][row, :size]]) != 0] = 0
        assert spectrum.ivar[overlap] == pytest.approx(ivar.sum(axis=0), rel=1e-6)
        some = ivar.sum(axis=0) > 0
        mean = np.average(flux[:, some], axis=0, weights=ivar[:, some])
        assert spectrum.flux[overlap][some] == pytest.approx(mean, rel=1e-5, abs=1e-6)


def test_pixels_of_whole_files_equal_those_of_specutils() -> None:
    found = list(shared_spectra())
    assert len(found) == 2
    for path, spectrum in found:
        assert_as_specutils(spectrum, path, 0)


@pytest.mark.parametrize("name", WHEEL_COADDS)
def test_pixels_of_many_targets_equal_those_of_specutils(name: str) -> None:
    data = (WHEEL / name).read_bytes()
    ids = Table.read(WHEEL / name, "FIBERMAP")["TARGETID"].tolist()
    found = [s for s in read(data, redrock(tuple(ids)), name) if isinstance(s, Spectrum)]
    assert len(found) == {"5": 1, "s": 2}[name[6]]
    for spectrum in found:
        assert_as_specutils(spectrum, WHEEL / name, ids.index(int(spectrum.facts["survey_id"])))


def test_fibres_without_light_say_why() -> None:
    name = WHEEL_COADDS[0]
    ids = tuple(Table.read(WHEEL / name, "FIBERMAP")["TARGETID"].tolist())
    found = read((WHEEL / name).read_bytes(), redrock(ids), name)
    assert [str(s) for s in found if isinstance(s, RejectedSpectrum)] == [
        "spectrum -1695072: is no target (OBJTYPE is empty)",
        "spectrum 39633297352951412: has no good pixel (COADD_FIBERSTATUS is 512)",
        "spectrum -1695064: is no target (OBJTYPE is empty)",
        "spectrum -1695073: is no target (OBJTYPE is empty)",
    ]
    assert reasons(make_coadd()) == [
        "spectrum 616088619186127404: is a sky fibre, not a target",
        "spectrum -2713437: is no target (OBJTYPE is empty)",
    ]


def test_facts_equal_the_tables() -> None:
    for path, spectrum in shared_spectra():
        facts, (fiber,) = spectrum.facts, Table.read(path, "FIBERMAP")
        (z,) = Table.read(path.with_name(path.name.replace("coadd", "redrock")), "REDSHIFTS")
        mjd = Table.read(path, "EXP_FIBERMAP")["MJD"].mean()
        assert facts["survey_id"] == str(fiber["TARGETID"])
        assert (facts["ra"], facts["dec"]) == (fiber["TARGET_RA"], fiber["TARGET_DEC"])
        assert facts["ebv"] == pytest.approx(fiber["EBV"])
        assert (facts["z"], facts["z_err"], facts["z_warning"]) == (z["Z"], z["ZERR"], z["ZWARN"])
        assert (facts["spec_class"], facts["subclass"]) == (z["SPECTYPE"], None)
        assert (facts["source_file"], facts["z_source"]) == (path.name, "Z")
        assert facts["mjd"] == pytest.approx(mjd, abs=1)
        assert facts["fiberid"] == (fiber["FIBER"] if "FIBER" in fiber.colnames else None)
        good = spectrum.ivar > 0
        ratio = np.median(spectrum.flux[good] * np.sqrt(spectrum.ivar[good]))
        assert facts["sn_median"] == pytest.approx(ratio)


def test_redshifts_are_found_by_targetid_whatever_their_order() -> None:
    found = spectra(make_coadd(), redrock(IDS[::-1]))
    assert [s.facts["survey_id"] for s in found] == [str(i) for i in IDS[:2]]
    assert [s.facts["z"] for s in found] == pytest.approx([0.2, 0.1 + 0.1 * 2 / 3])
    assert [s.facts["z_warning"] for s in found] == [12, 8]


def test_targetids_keep_every_digit() -> None:
    ids = (39089837499744649, 39089837499744650, 9223372036854775807)
    found = spectra(make_coadd(ids=ids), redrock(ids))
    assert [s.facts["survey_id"] for s in found] == [str(i) for i in ids]


def test_exposures_tell_the_date_where_the_fibermap_does_not() -> None:
    assert spectra(make_coadd())[1].facts["mjd"] == 59311
    coadd = make_coadd(fibermap={"MEAN_MJD": None})
    assert [s.facts["mjd"] for s in spectra(coadd)] == [59000, 59002]


def test_a_target_that_redrock_left_out_is_told() -> None:
    assert reasons(make_coadd(), redrock(IDS[1:]))[0] == (
        f"spectrum {IDS[0]}: is not in the redrock file, so has no redshift"
    )
    assert len(reasons(make_coadd(), redrock(()))) == 4


def spoilt(arm: str, what: str, value: float, pixels: slice) -> bytes:
    images = make_images()
    images[f"{arm}_{what}"][:, pixels] = value
    return make_coadd(images)


@pytest.mark.parametrize(
    ("what", "value"), [("IVAR", 0), ("IVAR", -3), ("IVAR", np.nan), ("FLUX", np.nan), ("MASK", 1)]
)
def test_in_an_overlap_a_bad_pixel_leaves_the_word_to_the_other_arm(
    what: str, value: float
) -> None:
    images = make_images()
    spectrum = spectra(spoilt("R", what, value, slice(3, 5)))[0]
    same = slice(R_START + 3, R_START + 5)
    assert np.array_equal(spectrum.flux[same], images["B_FLUX"][0, same])
    assert np.array_equal(spectrum.ivar[same], images["B_IVAR"][0, same])
    assert not spectrum.mask[same].any()


@pytest.mark.parametrize(
    ("what", "value"), [("IVAR", 0), ("IVAR", -3), ("IVAR", np.inf), ("MASK", 4)]
)
def test_a_bad_pixel_of_one_arm_alone_keeps_its_flux_without_weight(
    what: str, value: float
) -> None:
    spectrum = spectra(spoilt("B", what, value, slice(3, 5)))[0]
    assert not spectrum.ivar[3:5].any()
    assert np.array_equal(spectrum.flux[3:5], make_images()["B_FLUX"][0, 3:5])
    assert spectrum.mask[3:5].tolist() == [value if what == "MASK" else 0] * 2


REVERSED = {"R_WAVELENGTH": WAVES["R"][::-1].copy()}
BAD_IMAGES = {
    "increase in steps of 0.8 Angstrom": [
        REVERSED,
        {"R_WAVELENGTH": WAVES["R"] + 0.3},
        {"Z_WAVELENGTH": 10 ** np.linspace(3.88, 3.99, 2881)},
    ],
    "not between 1000 Angstrom and 10 micron": [
        {"B_WAVELENGTH": WAVES["B"] * np.nan},
        {"B_WAVELENGTH": WAVES["B"] / 10},
        {"Z_WAVELENGTH": WAVES["Z"] * 1e9},
    ],
    "leave a gap": [{"Z_WAVELENGTH": WAVES["Z"] + 800}],
    "does not hold one number a wavelength": [
        {"B_WAVELENGTH": WAVES["B"][:-1]},
        {"R_FLUX": np.ones(2326, np.float32)},
    ],
    "ivar and mask of the arm B differ in shape": [{"B_IVAR": np.ones((3, 2751), np.float32)}],
    "has no extension Z_IVAR": [{"Z_IVAR": None}],
    "different numbers of rows": [make_images(3)],
    "is neither a coadd": [{"Z_FLUX": None}],
}


@pytest.mark.parametrize(
    ("expected", "changed"),
    [(k, change) for k, changes in BAD_IMAGES.items() for change in changes],
)
def test_bad_arms_are_rejected_with_the_reason(expected: str, changed: dict) -> None:
    assert expected in reason(make_coadd(make_images(**changed)))


def test_other_units_are_rejected_with_the_reason() -> None:
    found = reason(make_coadd(units={"B_WAVELENGTH": "nm"}))
    assert found == "its B_WAVELENGTH is in nm, not in Angstrom"
    found = reason(make_coadd(units={"R_FLUX": "Jy"}))
    assert found == f"its R_FLUX is in Jy, not in {FLUX_UNIT}"
    assert "in no unit, not in" in reason(make_coadd(units={"Z_FLUX": ""}))


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"TARGETID": None}, "FIBERMAP has no column TARGETID of whole numbers"),
        ({"TARGETID": np.array(IDS, float)}, "FIBERMAP has no column TARGETID of whole numbers"),
    ],
)
def test_a_fibermap_without_whole_targetids_is_rejected(columns: dict, expected: str) -> None:
    assert expected in reason(make_coadd(fibermap=columns))


@pytest.mark.parametrize("ra", [np.nan, 400.0, -999.0])
def test_a_target_off_the_sky_is_rejected(ra: float) -> None:
    assert "position is missing" in reasons(make_coadd(fibermap={"TARGET_RA": np.full(4, ra)}))[0]


def test_a_missing_redshift_is_told() -> None:
    assert "the redshift is missing" in reasons(make_coadd(), redrock(Z=np.full(4, np.nan)))[0]
    assert "the redshift is missing" in reasons(make_coadd(), redrock(Z=None))[0]


def test_redshifts_that_are_not_there_are_named() -> None:
    with pytest.raises(RejectedSpectrum, match=r"has no redrock-sv3-dark-1\.fits beside it"):
        list(DesiReader().read(NAME, make_coadd(), nothing_beside))
    assert "is not named coadd-" in reason(make_coadd(), name="renamed.fits")
    assert "redrock-sv3-dark-1.fits is not a FITS file" in reason(make_coadd(), b"<html>")
    assert "redrock-sv3-dark-1.fits has no extension REDSHIFTS" in reason(make_coadd(), make_file())
    unreadable = Unreadable(b"cannot be read: Permission denied")
    assert "fits cannot be read: Permission denied" in reason(make_coadd(), unreadable)


def test_a_redrock_file_is_read_with_its_coadd_only() -> None:
    assert read(redrock(), name="redrock-sv3-dark-1.fits") == []


def test_files_of_single_exposures_are_refused() -> None:
    data = (WHEEL / "spectra-sv3-dark-26065.fits").read_bytes()
    assert "neither a coadd nor a redrock" in reason(data)


def test_the_survey_is_recognised(tmp_path: Path) -> None:
    reader = DesiReader()
    assert reader.recognises(make_coadd())
    assert not reader.recognises(redrock())
    assert not reader.recognises(make_file())
    assert not reader.recognises(b"")
    (tmp_path / NAME).write_bytes(make_coadd())
    assert choose_reader("auto", list_sources([str(tmp_path)])).survey == "desi"
    assert choose_reader("desi", []).survey == "desi"


COADD, REDROCK = make_coadd(ids=IDS[:1]), redrock(IDS[:1])
WHOLE = spectra(COADD, REDROCK)[0]


@settings(deadline=None, max_examples=150)
@given(st.integers(0, len(COADD) - 1))
def test_a_coadd_cut_anywhere_is_whole_or_rejected(length: int) -> None:
    try:
        (spectrum,) = read(COADD[:length], REDROCK)
    except RejectedSpectrum as error:
        assert str(error)
    else:
        assert np.array_equal(spectrum.flux, WHOLE.flux)
        assert spectrum.facts == WHOLE.facts


@settings(deadline=None, max_examples=150)
@given(st.integers(0, len(REDROCK) - 1))
def test_a_redrock_cut_anywhere_is_whole_or_rejected(length: int) -> None:
    try:
        (spectrum,) = read(COADD, REDROCK[:length])
    except RejectedSpectrum as error:
        assert str(error)
    else:
        assert spectrum.facts == WHOLE.facts


CARDS = [k for k in range(0, len(COADD) - 80, 80) if COADD[k + 8 : k + 10] == b"= "]


@settings(deadline=None, max_examples=300)
@given(
    st.sampled_from(CARDS),
    st.sampled_from([b"-1", b"0", b"99999999999", b"'x'", b"1.5E3", b"'7J'", b"'PE(3)'", b""]),
)
def test_any_card_may_lie(place: int, value: bytes) -> None:
    damaged = COADD[: place + 10] + value.rjust(20) + COADD[place + 30 :]
    try:
        read(damaged, REDROCK)
    except RejectedSpectrum as error:
        assert str(error)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.tuples(st.integers(0, 30_000), st.integers(0, 255)), max_size=6))
def test_damaged_bytes_never_stop_a_run(damage: list[tuple[int, int]]) -> None:
    damaged = bytearray(COADD)
    for place, value in damage:
        damaged[place] = value
    try:
        read(bytes(damaged), REDROCK)
    except RejectedSpectrum as error:
        assert str(error)
