import io
from typing import Any

import astropy.units as u
import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from astropy.io import fits
from astropy.table import Table
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.batches import Spectrum
from ingest.errors import RejectedSpectrum
from ingest.read.readers import choose_reader
from ingest.read.sources import Unreadable, list_sources
from ingest.read.table import TableReader
from tests.support.shared import shared_path

WAVE = 4000 + 0.9 * np.arange(60)
FLUX = np.random.default_rng(1).normal(5, 1, (3, 60)).astype(np.float32)
IVAR = np.random.default_rng(2).uniform(0.5, 2, (3, 60)).astype(np.float32)
IDS = [3963334500863446500 + i for i in range(3)]
FACTS = {"z": [0.1, 0.2, 0.3], "ra": [10.0, 11.0, 12.0], "dec": [-1.0, 0.0, 1.0], "id": IDS}
FORMATS = ("fits", "votable", "parquet")
CGS = 1e-17 * u.erg / u.s / u.cm**2 / u.AA


def many(**changed: Any) -> dict[str, Any]:
    """Make the columns of a table of three spectra; None leaves one out."""
    made = {"wave": np.tile(WAVE, (3, 1)), "flux": FLUX, "ivar": IVAR} | FACTS
    return {name: values for name, values in (made | changed).items() if values is not None}


def one(**changed: Any) -> dict[str, Any]:
    """Make the columns of a table of one spectrum."""
    made = {"wave": WAVE, "flux": FLUX[0], "ivar": IVAR[0]}
    made |= {name: np.full(60, values[0]) for name, values in FACTS.items()}
    return {name: values for name, values in (made | changed).items() if values is not None}


def write(
    columns: dict[str, Any],
    kind: str = "fits",
    units: dict[str, str] | None = None,
    meta: dict[str, Any] | None = None,
) -> bytes:
    stream = io.BytesIO()
    if kind in ("parquet", "csv"):
        table = to_arrow(columns, units or {}, meta or {})
        if kind == "csv":
            pyarrow.csv.write_csv(table, stream)
        else:
            pyarrow.parquet.write_table(table, stream)
        return stream.getvalue()
    made = Table(columns, meta=meta)
    for name, unit in (units or {}).items():
        made[name].unit = unit
    made.write(stream, format=kind)
    return stream.getvalue()


def to_arrow(columns: dict[str, Any], units: dict[str, str], meta: dict[str, Any]) -> pa.Table:
    arrays = {
        name: pa.array(list(values) if np.ndim(values) == 2 else values)
        for name, values in columns.items()
    }
    schema = pa.schema(
        [
            pa.field(name, array.type, metadata={"unit": units[name]} if name in units else None)
            for name, array in arrays.items()
        ],
        metadata={name: str(value) for name, value in meta.items()},
    )
    return pa.table(arrays, schema=schema)


def read(data: bytes) -> list[Spectrum | RejectedSpectrum]:
    return list(TableReader().read("t", data))


def reason(data: bytes) -> str:
    with pytest.raises(RejectedSpectrum) as caught:
        read(data)
    return str(caught.value)


def assert_is_row(spectrum: Any, row: int) -> None:
    assert isinstance(spectrum, Spectrum), spectrum
    assert spectrum.wave == pytest.approx(WAVE, rel=1e-12)
    assert spectrum.flux == pytest.approx(FLUX[row], rel=1e-6)
    assert spectrum.ivar == pytest.approx(IVAR[row], rel=1e-5)
    assert [spectrum.facts[n] for n in ("z", "ra", "dec")] == [
        FACTS[n][row] for n in ("z", "ra", "dec")
    ]
    assert spectrum.facts["survey_id"] == str(IDS[row])


@pytest.mark.parametrize("kind", FORMATS)
def test_each_row_is_a_spectrum(kind: str) -> None:
    found = read(write(many(), kind))
    assert len(found) == 3
    for row, spectrum in enumerate(found):
        assert_is_row(spectrum, row)


@pytest.mark.parametrize("kind", [*FORMATS, "csv"])
def test_a_file_is_a_spectrum(kind: str) -> None:
    (spectrum,) = read(write(one(), kind))
    assert_is_row(spectrum, 0)


@pytest.mark.parametrize("kind", ["fits", "parquet"])
def test_the_metadata_tell_who_it_is(kind: str) -> None:
    columns = one(z=None, ra=None, dec=None, id=None)
    meta = {"Z": 0.1, "RA": 10.0, "DEC": -1.0, "ID": str(IDS[0]), "CLASS": "GALAXY"}
    (spectrum,) = read(write(columns, kind, meta=meta))
    assert_is_row(spectrum, 0)
    assert spectrum.facts["spec_class"] == "GALAXY"


def test_spectra_of_different_lengths_lie_in_one_table() -> None:
    columns = {n: pa.array([v[0][:40], v[1], v[2]]) for n, v in many().items() if np.ndim(v) == 2}
    stream = io.BytesIO()
    pyarrow.parquet.write_table(pa.table(columns | FACTS), stream)
    found = read(stream.getvalue())
    assert [s.flux.size for s in found if isinstance(s, Spectrum)] == [40, 60, 60]
    assert_is_row(found[2], 2)


@pytest.mark.parametrize("kind", FORMATS)
def test_units_are_converted(kind: str) -> None:
    to = {"wave": "nm", "flux": "W m-2 nm-1"}
    factor = CGS.to(to["flux"])
    flux, ivar = (FLUX * factor).astype(float), (IVAR / factor**2).astype(float)
    columns = many(wave=np.tile(WAVE / 10, (3, 1)), flux=flux, ivar=ivar)
    assert_is_row(read(write(columns, kind, to))[1], 1)


def test_errors_stand_for_ivar_and_loglam_for_wavelength() -> None:
    columns = many(wave=None, ivar=None, loglam=np.log10(np.tile(WAVE, (3, 1))), error=IVAR**-0.5)
    columns["error"][2, 5:8] = [0, -1, np.nan]
    found = read(write(columns))
    assert_is_row(found[0], 0)
    assert not found[2].ivar[5:8].any()


def test_bad_rows_are_rejected_and_the_others_kept() -> None:
    wave = np.tile(WAVE, (3, 1))
    wave[1] = wave[1, ::-1]
    first, second, third = read(write(many(wave=wave, z=[np.nan, 0.2, 0.3])))
    assert str(first) == "row 1: the redshift is missing; give it as z"
    assert str(second).startswith("row 2: its wave does not increase between 1000 Angstrom")
    assert_is_row(third, 2)


def test_an_identifier_keeps_its_digits_beside_a_missing_one() -> None:
    stream = io.BytesIO()
    columns = {n: pa.array(list(v)) for n, v in many(id=None).items()}
    pyarrow.parquet.write_table(pa.table(columns | {"id": pa.array([None, *IDS[1:]])}), stream)
    first, second, _ = read(stream.getvalue())
    assert str(first).startswith("row 1: has no identifier")
    assert_is_row(second, 1)


@pytest.mark.parametrize("kind", ["votable", "parquet"])
def test_what_is_masked_is_no_pixel(kind: str) -> None:
    data = (
        write(one(flux=pa.array([None, *FLUX[0, 1:]], pa.float32())), kind)
        if kind == "parquet"
        else write(one(flux=np.ma.masked_array(FLUX[0], np.arange(60) == 0)), kind)
    )
    (spectrum,) = read(data)
    assert isinstance(spectrum, Spectrum)
    assert np.flatnonzero(~np.isfinite(spectrum.flux)).tolist() == [0]


BAD = {
    "has no column of flux; name it flux": one(flux=None),
    "has no column of wavelength; name it wave or": one(wave=None),
    "has no column of ivar or error; name it": one(ivar=None),
    "the redshift is missing": one(z=None),
    "the position is missing": one(ra=np.full(60, 400.0)),
    "has no identifier; give one as": one(id=None),
    "identifier is a floating-point number": one(id=np.full(60, 3.96e18)),
    "no good pixel: flux is not finite": one(flux=np.full(60, np.nan)),
    "or ivar is not above 0": one(ivar=np.full(60, -1.0)),
    "does not increase between": one(wave=WAVE / 10),
    "10 micron; sort it": one(wave=np.full(60, np.nan)),
    "flux does not hold one number a pixel": one(flux=["x"] * 60),
    "its table has no rows": {name: values[:0] for name, values in one().items()},
}


@pytest.mark.parametrize("kind", [*FORMATS, "csv"])
@pytest.mark.parametrize("expected", BAD)
def test_rejects_say_why(expected: str, kind: str) -> None:
    assert expected in reason(write(BAD[expected], kind))


def test_units_of_something_else_are_rejected() -> None:
    assert reason(write(one(), units={"wave": "s"})) == "its wave is in s, which is not Angstrom"
    assert "its flux is in Jy, which is not 1e-17 erg" in reason(write(one(), units={"flux": "Jy"}))
    assert "its ivar is in mag, which is not" in reason(write(one(), units={"ivar": "mag"}))


def test_an_empty_table_of_arrays_is_told() -> None:
    empty = {n: pa.array([], pa.list_(pa.float64())) for n in ("wave", "flux", "ivar")}
    stream = io.BytesIO()
    pyarrow.parquet.write_table(pa.table(empty), stream)
    assert reason(stream.getvalue()) == "its table has no rows"


def test_arrays_of_different_lengths_are_told() -> None:
    (first, *_) = read(write(many(ivar=IVAR[:, :-1].copy())))
    assert str(first) == "row 1: its wavelength, flux and noise differ in their number of pixels"


@pytest.mark.parametrize("data", [b"", b"\xff\xfe\x00 binary", b"PAR1PAR1", b"<VOTABLE></VOTABLE>"])
def test_what_is_no_table_is_told(data: bytes) -> None:
    assert "is not a whole" in reason(data) or "has no column of flux" in reason(data)


def test_a_file_that_could_not_be_read_says_so() -> None:
    assert reason(Unreadable(b"cannot be read: Permission denied")).endswith("Permission denied")


@pytest.mark.parametrize("folder", ["catalogues", "votable_samples", "sdss_mixed", "eigenspectra"])
def test_real_files_that_hold_no_spectra_with_facts_say_what_is_missing(folder: str) -> None:
    found = set()
    for source in list_sources([str(shared_path(f"data/{folder}") / "**" / "*.*")]):
        found |= {reason(data) for _, data in source.members()}
    known = (
        "has no table",
        "has no column of",
        "the redshift is missing",
        "is not a whole",
        "is cut short",
    )
    assert found
    assert all(text.startswith(known) for text in found), found


def test_the_reader_is_named_not_guessed() -> None:
    assert choose_reader("table", []).survey == "table"
    assert not TableReader().recognises(write(one()))


def test_images_alone_are_no_table() -> None:
    stream = io.BytesIO()
    fits.PrimaryHDU(np.ones(5)).writeto(stream)
    assert reason(stream.getvalue()) == "has no table"


WHOLE = {kind: write(many(), kind) for kind in FORMATS}


@pytest.mark.parametrize("kind", FORMATS)
@settings(deadline=None, max_examples=60)
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_table_cut_anywhere_is_whole_or_rejected(kind: str, share: float) -> None:
    try:
        found = read(WHOLE[kind][: int(share * len(WHOLE[kind]))])
    except RejectedSpectrum as error:
        assert str(error)
    else:
        for row, spectrum in enumerate(found):
            assert_is_row(spectrum, row)


@pytest.mark.parametrize("kind", FORMATS)
@settings(deadline=None, max_examples=60)
@given(share=st.floats(0, 1, exclude_max=True), value=st.integers(0, 255))
def test_a_damaged_byte_never_stops_a_run(kind: str, share: float, value: int) -> None:
    damaged = bytearray(WHOLE[kind])
    damaged[int(share * len(damaged))] = value
    try:
        read(bytes(damaged))
    except RejectedSpectrum as error:
        assert str(error)
