import csv
import gzip

import numpy as np
import pytest
from astropy.io import fits

from ingest.batches import SpectrumBatch
from ingest.errors import RejectedSpectrum
from ingest.read.sdss import SdssReader
from ingest.read.sdss_facts import make_spec_obj_id
from ingest.read.sources import list_sources
from tests.support.shared import shared_path
from tests.unit.ingest.read.spec_file import make_file, make_pixels, make_row, make_table


def read(data: bytes):
    (spectrum,) = SdssReader().read("spec.fits", data)
    return spectrum


def read_with(**facts):
    return read(make_file(make_table(make_pixels()), make_row(**facts))).facts


def native_spectra():
    (folder,) = (str(shared_path("data/sdss_dr14/native")),)
    return [(name, read(data)) for s in list_sources([folder]) for name, data in s.members()]


def test_facts_equal_the_catalogue() -> None:
    with shared_path("data/sdss_dr14/objects.csv").open() as stream:
        catalogue = {row["specobjid"]: row for row in csv.DictReader(stream)}
    spectra = native_spectra()
    for name, spectrum in spectra:
        facts, row = spectrum.facts, catalogue[spectrum.facts["survey_id"]]
        corrected = float(row["z_noqso"]) != 0
        assert facts["z"] == pytest.approx(float(row["z_noqso" if corrected else "z"]), rel=1e-7)
        assert facts["z_source"] == ("z_noqso" if corrected else "z")
        assert facts["z_pipeline"] == pytest.approx(float(row["z"]), rel=1e-7)
        assert facts["z_warning"] == int(row["zwarning"])
        assert (facts["ra"], facts["dec"]) == pytest.approx((float(row["ra"]), float(row["dec"])))
        assert [facts[k] for k in ("plate", "mjd", "fiberid")] == [
            int(row[k]) for k in ("plate", "mjd", "fiberid")
        ]
        assert (facts["spec_class"], facts["subclass"] or "") == (row["class"], row["subclass"])
        assert facts["run2d"] == row["run2d"]
        assert facts["sn_median"] == pytest.approx(float(row["sn_median"]), rel=1e-6)
        assert facts["vdisp"] == pytest.approx(float(row["vdisp"]), rel=1e-6)
        assert spectrum.loglam0 == pytest.approx(float(row["loglam0"]), abs=5e-7)
        assert spectrum.flux.size == int(row["npix"])
        assert (name, spectrum.facts["source_file"]) == (row["filename"], "spec.fits")
    assert SpectrumBatch.collect([s for _, s in spectra]).facts.num_rows == len(spectra)


def test_pixels_equal_the_packed_sample() -> None:
    with fits.open(shared_path("data/sdss_dr14/packed_700.fits.gz")) as hdus:
        ids = [str(i).strip() for i in hdus["OBJECTS"].data["specobjid"]]
        for _, spectrum in native_spectra():
            row = ids.index(spectrum.facts["survey_id"])
            size = spectrum.flux.size
            assert np.array_equal(spectrum.flux, hdus["FLUX"].data[row, :size])
            assert np.array_equal(spectrum.ivar, hdus["IVAR"].data[row, :size])


def test_survey_id_is_what_sdss_computes() -> None:
    for _, spectrum in native_spectra():
        f = spectrum.facts
        made = make_spec_obj_id(f["plate"], f["mjd"], f["fiberid"], f["run2d"])
        assert f["survey_id"] == str(made)


def test_survey_id_is_built_where_it_is_not_written() -> None:
    assert read_with(SPECOBJID=None)["survey_id"] == "1874677820647565312"
    assert read_with(SPECOBJID="")["survey_id"] == "1874677820647565312"


def test_survey_id_of_high_plates_is_positive() -> None:
    expected = make_spec_obj_id(11675, 58523, 480, "v5_13_0")
    assert expected > 2**63
    assert read_with(SPECOBJID=np.int64(expected - 2**64))["survey_id"] == str(expected)


@pytest.mark.parametrize(
    "numbers", [(16384, 52976, 1, "26"), (1, 49999, 1, "26"), (1, 5e4, 1, "x")]
)
def test_survey_id_is_not_made_of_what_does_not_fit(numbers) -> None:
    with pytest.raises(ValueError, match=r"fit|invalid"):
        make_spec_obj_id(*numbers)
    plate, mjd, fiber, run2d = numbers
    with pytest.raises(RejectedSpectrum, match="none can be made"):
        read_with(SPECOBJID=None, PLATE=plate, MJD=int(mjd), FIBERID=fiber, RUN2D=run2d)


def test_redshift_without_quasars_goes_first() -> None:
    facts = read_with()
    assert (facts["z"], facts["z_source"]) == (pytest.approx(0.02), "z_noqso")
    assert (facts["z_pipeline"], facts["z_err"]) == pytest.approx((0.5, 1e-5))
    for absent in (np.float32(0), np.float32(np.nan), None):
        facts = read_with(Z_NOQSO=absent)
        assert (facts["z"], facts["z_source"]) == (pytest.approx(0.5), "z")
        assert facts["z_err"] == pytest.approx(2e-5)


def test_what_is_not_known_is_none() -> None:
    facts = read_with(
        VDISP=np.float32(0),
        Z_ERR_NOQSO=np.float32(-1),
        SN_MEDIAN_ALL=np.float32(-9999),
        SUBCLASS="",
    )
    assert [facts[k] for k in ("vdisp", "z_err", "sn_median", "subclass", "ebv")] == [None] * 5


@pytest.mark.parametrize(
    "coefficients", [(5.155, 3.793, 2.751, 2.086, 1.479), (4.239, 3.303, 2.285, 1.698, 1.263)]
)
def test_reddening_is_undone_from_extinction(coefficients: tuple[float, ...]) -> None:
    extinction = 0.05 * np.array(coefficients, np.float32)
    assert read_with(EXTINCTION=extinction)["ebv"] == pytest.approx(0.05, rel=2e-3)


def test_extinction_of_no_object_is_no_reddening() -> None:
    assert read_with(EXTINCTION=np.zeros(5, np.float32))["ebv"] is None
    assert read_with(EXTINCTION=np.array([1, 2, 3, 4, 5], np.float32))["ebv"] is None
    assert read_with(SFD_EBV=np.float32(0.03))["ebv"] == pytest.approx(0.03)


def test_plugged_position_goes_first() -> None:
    facts = read_with(RA=10.0, DEC=20.0)
    assert (facts["ra"], facts["dec"]) == (49.742075, 41.470119)
    facts = read_with(RA=10.0, DEC=20.0, PLUG_RA=-9999.0)
    assert (facts["ra"], facts["dec"]) == (10.0, 20.0)


def test_wavelengths_lie_on_the_survey_grid() -> None:
    spectrum = read(make_file())
    assert (spectrum.loglam0, spectrum.loglam_step, spectrum.wave) == (3.6, 1e-4, None)


def test_a_grid_between_the_surveys_pixels_stays_there() -> None:
    loglam = 3.60003 + 1e-4 * np.arange(50)
    spectrum = read(make_file(make_table(make_pixels(loglam=loglam)), make_row()))
    assert spectrum.loglam0 == pytest.approx(3.60003, abs=1e-9)


def test_other_wavelengths_are_given_explicitly() -> None:
    wave = np.linspace(4000, 5000, 50)
    spectrum = read(make_file(make_table(make_pixels(loglam=np.log10(wave))), make_row()))
    assert np.isnan(spectrum.loglam0)
    assert np.isnan(spectrum.loglam_step)
    assert spectrum.wave == pytest.approx(wave, rel=1e-12)


def test_full_files_give_the_same_spectrum() -> None:
    tables = make_table(make_pixels()), make_row()
    more = [make_table({"x": np.arange(3.0)}) for _ in range(10)]
    full, lite = read(make_file(*tables, *more)), read(make_file(*tables))
    assert full.facts == lite.facts
    assert np.array_equal(full.flux, lite.flux)


NAN = np.full(50, np.nan, np.float32)
BAD = {
    "no table with the columns flux": (make_table({"x": np.arange(3.0)}), make_row()),
    "no second table": (make_table(make_pixels()),),
    "no good pixel": (make_table(make_pixels(flux=NAN)), make_row()),
    "no good pixel: flux": (make_table(make_pixels(ivar=np.zeros(50, "f4"))), make_row()),
    "the redshift is missing": (
        make_table(make_pixels()),
        make_row(Z=np.float32(np.nan), Z_NOQSO=np.float32(0)),
    ),
    "redshift is missing": (make_table(make_pixels()), make_row(Z=None, Z_NOQSO=None)),
    "the position is missing": (make_table(make_pixels()), make_row(PLUG_RA=np.nan)),
    "position is missing": (make_table(make_pixels()), make_row(PLUG_DEC=91.0)),
    "wavelengths do not increase": (make_table(make_pixels(loglam=NAN)), make_row()),
    "between 1000 Angstrom and 10 micron": (
        make_table(make_pixels(loglam=3e30 + 1e26 * np.arange(50.0))),
        make_row(),
    ),
    "flux does not hold one number": (
        make_table(make_pixels(flux=np.ones((50, 2), "f4"))),
        make_row(),
    ),
}


@pytest.mark.parametrize("reason", BAD)
def test_rejects_say_why(reason: str) -> None:
    with pytest.raises(RejectedSpectrum, match=reason):
        read(make_file(*BAD[reason]))


def test_an_empty_second_table_is_rejected() -> None:
    row = make_row()
    row.data = row.data[:0]
    with pytest.raises(RejectedSpectrum, match="redshift is missing"):
        read(make_file(make_table(make_pixels()), row))


def test_recognises_spectra_of_sdss_alone() -> None:
    reader = SdssReader()
    assert reader.recognises(make_file())
    assert not reader.recognises(make_file(ORIGIN="oddsky mock"))
    assert not reader.recognises(make_file(make_table({"x": np.arange(3.0)})))
    assert not reader.recognises(gzip.compress(make_file()))
    with pytest.raises(RejectedSpectrum, match="not of the survey sdss"):
        read(make_file(ORIGIN="oddsky mock"))
