"""The files are spec files: astropy says so, and the survey's reader finds in them what it does."""

import re
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from ingest.batches import Spectrum

PIXEL_FORMATS = {
    "flux": "E", "loglam": "E", "ivar": "E", "and_mask": "J", "or_mask": "J", "wdisp": "E",
    "sky": "E", "model": "E",
}  # fmt: skip


@pytest.mark.parametrize("place", [0, 17, -1])
def test_astropy_finds_no_fault(files: list[Path], place: int) -> None:
    with fits.open(files[place]) as hdus:
        hdus.verify("exception")
        assert [hdu.name for hdu in hdus] == ["PRIMARY", "COADD", "SPECOBJ"]
        assert hdus[0].header["ORIGIN"] == "oddsky mock"
        columns = hdus[1].columns
        assert dict(zip(columns.names, columns.formats, strict=True)) == PIXEL_FORMATS


def test_name_header_and_facts_agree(files: list[Path]) -> None:
    for path in files[::50]:
        plate, mjd, fiber = (int(n) for n in re.findall(r"\d+", path.name))
        with fits.open(path) as hdus:
            header, facts = hdus[0].header, hdus[2].data[0]
            assert (header["PLATEID"], header["MJD"], header["FIBERID"]) == (plate, mjd, fiber)
            assert (facts["PLATE"], facts["MJD"], facts["FIBERID"]) == (plate, mjd, fiber)
            assert header["PLUG_RA"] == facts["PLUG_RA"]
            assert header["PLUG_DEC"] == facts["PLUG_DEC"]
            assert int(path.parent.name) == plate


def test_wavelengths_are_those_of_sdss(files: list[Path]) -> None:
    starts, sizes = set(), set()
    for path in files[::10]:
        loglam = fits.getdata(path, 1)["loglam"].astype(float)
        np.testing.assert_allclose(np.diff(loglam), 1e-4, atol=5e-7)
        assert 3780 < 10 ** loglam[0] < 3830
        assert 9150 < 10 ** loglam[-1] < 9300
        starts.add(round(loglam[0], 4))
        sizes.add(loglam.size)
    assert len(starts) > 5
    assert len(sizes) > 5


def test_the_reader_reads_what_astropy_reads(files: list[Path], spectra: list[Spectrum]) -> None:
    for path, spectrum in zip(files[::40], spectra[::40], strict=True):
        with fits.open(path) as hdus:
            pixels, facts = hdus[1].data, hdus[2].data[0]
            np.testing.assert_array_equal(spectrum.flux, pixels["flux"])
            np.testing.assert_array_equal(spectrum.ivar, pixels["ivar"])
            np.testing.assert_array_equal(spectrum.mask, pixels["and_mask"])
            assert spectrum.loglam0 == pytest.approx(pixels["loglam"][0], abs=1e-6)
            assert spectrum.facts["survey_id"] == facts["SPECOBJID"].strip()
            assert spectrum.facts["ra"] == facts["PLUG_RA"]
            assert spectrum.facts["z"] == pytest.approx(facts["Z_NOQSO"])
            assert spectrum.facts["run2d"] == "mock"
            assert spectrum.facts["spec_class"] == "GALAXY"


def test_signal_to_noise_in_the_facts_is_that_of_the_pixels(files: list[Path]) -> None:
    for path in files[::40]:
        with fits.open(path) as hdus:
            flux, ivar = (hdus[1].data[name].astype(float) for name in ("flux", "ivar"))
            told = hdus[2].data[0]["SN_MEDIAN_ALL"]
        assert told == pytest.approx(np.median((flux * np.sqrt(ivar))[ivar > 0]), rel=1e-3)
