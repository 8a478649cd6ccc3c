"""A spectrum as FITS, judged by astropy."""

import io
import warnings

import numpy as np
import pyarrow as pa
import pytest
from astropy.io import fits

from vo_service.formats.fits_cards import header_block, write_card
from vo_service.formats.result import Param, Result
from vo_service.formats.spectrum_fits import encode_spectrum_fits
from vo_service.release.field import Field

VALUES = [
    ("PLAIN", "text"),
    ("EMPTY", ""),
    ("QUOTED", "O'Neill's 'best'"),
    ("ENDING", "it ends with '"),
    ("INTEGER", 2**62),
    ("NEGATIVE", -7),
    ("REAL", 0.08261),
    ("TINY", 1e-30),
    ("WHOLE", 3.0),
    ("HUGE", 1e300),
    ("YES", True),
    ("NO", False),
    ("nad_rank", 12),
    ("consensus_rank", 174),
    ("publisher_did", "ivo://a.b/spectra?12"),
]


@pytest.mark.parametrize(("keyword", "value"), VALUES)
def test_astropy_reads_each_value_back(keyword, value):
    card = write_card(keyword, value, "What it is")
    assert len(card) == 80
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read = fits.Card.fromstring(card)
        read.verify("exception")
    assert read.keyword == keyword.upper()
    assert read.value == value
    assert type(read.value) is type(value)


@pytest.mark.parametrize("text", ["x" * 100, "'" * 60, "x" * 66 + "''", "x" * 67 + "'"])
@pytest.mark.parametrize("keyword", ["LONG", "a_keyword_of_many_letters"])
def test_what_is_too_long_is_cut_and_stays_a_text(keyword, text):
    card = write_card(keyword, text, "comment")
    assert len(card) == 80
    assert text.startswith(fits.Card.fromstring(card).value.rstrip())


def test_characters_that_fits_has_not_are_replaced():
    assert fits.Card.fromstring(write_card("WHO", "Müller\n", "é")).value == "M?ller"


def test_a_header_fills_whole_blocks():
    for count in (0, 1, 35, 36, 37):
        block = header_block([("KEY", 1, "")] * count)
        assert len(block) == 2880 * -(-(count + 1) // 36)
        assert block.rstrip().endswith(b"END")


WAVE = Field("wave", "double", "Wavelength", "Angstrom", "em.wl", utype="spec:wave")
FLUX = Field("flux", "float", "Flux", "10**-17 erg.s**-1.cm**-2.Angstrom**-1", "phot.flux.density")
MASK = Field("mask", "int", "Bits", ucd="meta.code.qual")
NAME = Field("name", "char", "Name", arraysize="*")
RANK = Field("whole_rank", "int", "Rank")
SNR = Field("sn", "float", "S/N")
OBJ_ID = Field("obj_id", "long", "Identifier")


def spectrum(pixels: int, params: tuple[Param, ...] = ()) -> fits.HDUList:
    fields = (WAVE, FLUX, MASK)
    batch = pa.RecordBatch.from_arrays(
        [
            pa.array(4000.0 + np.arange(pixels)),
            pa.array([None, 2.5, -1e20][:pixels] + [1.0] * (pixels - 3), pa.float32()),
            pa.array(np.arange(pixels), pa.int32()),
        ],
        [f.name for f in fields],
    )
    data = b"".join(encode_spectrum_fits(Result(fields, iter([batch]), params=params)))
    assert len(data) % 2880 == 0
    hdus = fits.open(io.BytesIO(data))
    hdus.verify("exception")
    return hdus


def test_columns_come_back_with_units_ucds_and_utypes():
    table = spectrum(5)["SPECTRUM"]
    assert table.data["wave"].tolist() == [4000, 4001, 4002, 4003, 4004]
    assert np.isnan(table.data["flux"][0])
    assert table.data["flux"][1:3].tolist() == [2.5, np.float32(-1e20)]
    assert table.data["mask"].tolist() == [0, 1, 2, 3, 4]
    header = table.header
    assert (header["TUCD1"], header["TUTYP1"]) == ("em.wl", "spec:wave")
    assert (header["TDMIN1"], header["TDMAX1"], header["SPEC_BW"]) == (4000, 4004, 4)
    assert header["VOCLASS"] == "Spectrum-1.0"


def test_what_is_said_stands_in_both_headers():
    said = (
        Param(NAME, "SDSS J1", "OBJECT"),
        Param(RANK, 7),
        Param(SNR, np.float32(12.3).item()),
        Param(NAME, None, "SPECTYPE"),
        Param(OBJ_ID, 2**62 + 1),
    )
    for hdu in spectrum(3, said):
        assert hdu.header["OBJECT"] == "SDSS J1"
        assert hdu.header["whole_rank"] == 7
        assert hdu.header["SN"] == 12.3
        assert hdu.header["OBJ_ID"] == str(2**62 + 1), "a text: some programs would round it"
        assert "SPECTYPE" not in hdu.header
