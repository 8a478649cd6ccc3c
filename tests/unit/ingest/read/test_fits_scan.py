import io

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import RejectedSpectrum
from ingest.read.fits_scan import BLOCK, NotPlainError, UnreadableError, scan_tables
from ingest.read.sdss import SdssReader, Table, open_by_astropy, open_tables, read_pixels
from ingest.read.sdss_facts import read_facts
from ingest.read.sources import list_sources
from tests.support.shared import shared_path
from tests.unit.ingest.read.spec_file import make_file, make_pixels, make_row, make_table

FOLDERS = ("data/sdss_dr14/native", "data/sdss_mixed/native_gz")


@pytest.mark.parametrize("folder", FOLDERS)
def test_scan_and_astropy_agree_on_every_shared_file(folder: str) -> None:
    members = [m for source in list_sources([str(shared_path(folder))]) for m in source.members()]
    assert len(members) >= 17
    for name, data in members:
        assert len(scan_tables(data)) == 2, name
        (pixels, row), (slow_pixels, slow_row) = open_tables(data), open_by_astropy(data)
        try:
            expected = read_pixels(slow_pixels)
        except RejectedSpectrum as reason:
            with pytest.raises(RejectedSpectrum, match=str(reason)[:20]):
                read_pixels(pixels)
            continue
        for key, array in read_pixels(pixels).items():
            assert np.array_equal(array, expected[key]), (name, key)
        for column in ("FLUX", "IVAR", "LOGLAM", "AND_MASK", "SKY"):
            assert np.array_equal(
                pixels.column(column), slow_pixels.column(column), equal_nan=True
            ), (name, column)
        assert facts_or_reason(name, row) == facts_or_reason(name, slow_row)


def facts_or_reason(name: str, row: Table) -> object:
    try:
        return read_facts(name, row.value)
    except RejectedSpectrum as reason:
        return str(reason)


def test_unsigned_columns_keep_every_bit() -> None:
    number = 9_223_372_036_854_775_808 + 12_345
    table = fits.BinTableHDU.from_columns(
        [fits.Column("id", "K", bzero=2**63, array=np.array([number], np.uint64))]
    )
    (found,) = scan_tables(make_file(table))
    assert int(found.value("ID")) == number


def test_keywords_are_read_from_their_place_alone() -> None:
    table = make_table(make_pixels())
    table.header["HISTORY"] = "NAXIS2  =                    3 / TFORM1  = 'D       '"
    (found,) = scan_tables(make_file(table), limit=1)
    assert np.array_equal(found.column("FLUX"), make_pixels()["flux"])


def test_scaled_columns_are_left_to_astropy() -> None:
    stored = np.arange(1, 51, dtype=np.int16)
    table = make_table(make_pixels(flux=stored))
    # Under its true name astropy would scale the column on the way out.
    table.header["XSCAL1"], table.header["XZERO1"] = 0.5, 10.0
    data = make_file(table, make_row()).replace(b"XSCAL1", b"TSCAL1").replace(b"XZERO1", b"TZERO1")
    with pytest.raises(NotPlainError):
        scan_tables(data)
    (spectrum,) = SdssReader().read("a", data)
    assert np.allclose(spectrum.flux, 10 + 0.5 * stored)


def test_images_and_long_headers_are_stepped_over() -> None:
    image = fits.ImageHDU(np.zeros((7, 11), np.int16))
    for i in range(100):
        image.header[f"KEY{i}"] = "END"
    stream = io.BytesIO()
    table = make_table(make_pixels())
    fits.HDUList([fits.PrimaryHDU(np.ones(5)), image, table]).writeto(stream)
    (found,) = scan_tables(stream.getvalue())
    assert np.array_equal(found.column("IVAR"), make_pixels()["ivar"])


@pytest.mark.parametrize("data", [b"", b"SIMPLE", b"not a FITS file" * 500, b"\x1f\x8b rest"])
def test_what_is_no_fits_is_told(data: bytes) -> None:
    with pytest.raises(UnreadableError, match="is not a FITS file"):
        scan_tables(data)


@pytest.mark.parametrize("length", [2000, BLOCK + 100, 2 * BLOCK + 500, 4 * BLOCK])
def test_what_is_cut_short_is_told(length: int) -> None:
    with pytest.raises(UnreadableError, match="cut short"):
        scan_tables(make_file()[:length])


GOOD = make_file()


@settings(deadline=None, max_examples=300)
@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), max_size=6))
def test_damage_is_read_or_rejected_but_never_stops_a_run(damage: list[tuple[int, int]]) -> None:
    damaged = bytearray(GOOD)
    for place, value in damage:
        damaged[place] = value
    try:
        (spectrum,) = SdssReader().read("a", bytes(damaged))
    except RejectedSpectrum as reason:
        assert str(reason)
    else:
        assert spectrum.flux.shape == spectrum.ivar.shape == spectrum.sky.shape


@settings(deadline=None, max_examples=200)
@given(
    st.sampled_from([k for k in range(0, len(GOOD), 80) if GOOD[k + 8 : k + 9] == b"="]),
    st.sampled_from([b"-1", b"0", b"99999999999", b"'x'", b"1.5E3", b"'7J'", b"'PE(3)'", b""]),
)
def test_any_card_may_lie(place: int, value: bytes) -> None:
    damaged = GOOD[: place + 10] + value.rjust(20) + GOOD[place + 30 :]
    try:
        list(SdssReader().read("a", damaged))
    except RejectedSpectrum as reason:
        assert str(reason)
