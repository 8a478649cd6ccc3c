import io
import tarfile
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.batches import Spectrum
from ingest.errors import RejectedSpectrum
from ingest.identity import make_obj_ids
from ingest.read.readers import choose_reader
from ingest.read.sdss import SdssReader
from ingest.read.sources import list_sources
from ingest.read.spplate import SpPlateReader
from ingest.reading import read_survey
from ingest.settings import IngestSettings
from ingest.workspace import Workspace
from tests.support.shared import shared_path
from tests.unit.ingest.read.plate_file import EMPTY, GRID_SIZE, SKY, UNKNOWN, write_plate

NAME, ZBEST = "spPlate-0001-52000.fits", "spZbest-0001-52000.fits"


def natives() -> list[Path]:
    return sorted(shared_path("data/sdss_dr14/native").glob("spec-*.fits"))


@pytest.fixture(scope="module")
def one() -> tuple[bytes, bytes]:
    return write_plate([natives()[0].read_bytes()])


def read(plate: bytes, zbest: bytes | None, name: str = NAME) -> list:
    def beside(wanted: str) -> bytes | None:
        return zbest if wanted == ZBEST else None

    return list(SpPlateReader().read(name, plate, beside))


def spec(data: bytes) -> Spectrum:
    (spectrum,) = SdssReader().read("spec.fits", data)
    return spectrum


def assert_equal(ours: Spectrum, theirs: Spectrum) -> None:
    apart = {"source_file", "ebv"}
    assert {k: v for k, v in ours.facts.items() if k not in apart} == {
        k: v for k, v in theirs.facts.items() if k not in apart
    }
    for name in ("flux", "ivar", "mask", "sky"):
        a, b = getattr(ours, name), getattr(theirs, name)
        assert (a.dtype, a.shape) == (b.dtype, b.shape)
        assert np.array_equal(a, b), name
    assert (ours.loglam0, ours.loglam_step, ours.wave) == (theirs.loglam0, 1e-4, None)


@pytest.mark.parametrize("number", range(17))
def test_a_spectrum_is_the_same_from_its_plate_and_from_its_own_file(number: int) -> None:
    data = natives()[number].read_bytes()
    ours, *others = read(*write_plate([data], names=bool(number % 2)))
    theirs = spec(data)
    assert_equal(ours, theirs)
    # The plug map has E(B-V) itself, a spec file the extinction by coefficients of its release.
    if theirs.facts["ebv"] is not None:
        assert ours.facts["ebv"] == pytest.approx(theirs.facts["ebv"], rel=0.25)
    assert [str(reason) for reason in others] == [
        f"fibre {EMPTY}: has no good pixel: its ivar is 0 everywhere",
        f"fibre {SKY}: is a sky fibre, not a target",
        f"fibre {UNKNOWN}: is not in the spZbest file, so has no redshift",
    ]


def test_redshifts_are_matched_by_fibre_not_by_place(one) -> None:
    plate, zbest = one
    with fits.open(io.BytesIO(zbest)) as hdus:
        hdus[1].data = hdus[1].data[::-1].copy()
        stream = io.BytesIO()
        hdus.writeto(stream)
    assert_equal(read(plate, stream.getvalue())[0], spec(natives()[0].read_bytes()))


def test_plates_until_dr7_have_no_sky() -> None:
    data = natives()[0].read_bytes()
    spectrum = read(*write_plate([data], with_sky=False))[0]
    assert np.array_equal(spectrum.flux, spec(data).flux)
    assert not spectrum.sky.any()


@pytest.mark.parametrize("fibres", [640, 1000])
def test_a_whole_plate_is_read(fibres: int) -> None:
    generator = np.random.default_rng(fibres)
    flux = generator.normal(10, 1, (fibres, 500)).astype(np.float32)
    numbers = np.arange(1, fibres + 1)
    plugmap = fits.BinTableHDU.from_columns([fits.Column("FIBERID", "J", array=numbers)])
    zbest = fits.BinTableHDU.from_columns(
        [
            fits.Column("FIBERID", "J", array=numbers),
            fits.Column("Z", "E", array=numbers / 2000),
            fits.Column("PLUG_RA", "D", array=numbers / 10),
            fits.Column("PLUG_DEC", "D", array=numbers / 20),
            fits.Column("CLASS", "6A", array=["GALAXY"] * fibres),
        ]
    )
    primary = fits.PrimaryHDU(flux)
    primary.header.update(COEFF0=3.6, COEFF1=1e-4, PLATEID=7000, MJD=57000, RUN2D="v5_10_0")
    same = [fits.ImageHDU(np.ones_like(flux))]
    rest = [fits.ImageHDU(np.zeros(flux.shape, np.int32)) for _ in range(3)]
    streams = io.BytesIO(), io.BytesIO()
    fits.HDUList([primary, *same, *rest, plugmap]).writeto(streams[0])
    fits.HDUList([fits.PrimaryHDU(), zbest]).writeto(streams[1])
    spectra = read(*(stream.getvalue() for stream in streams))
    assert np.array_equal([s.flux for s in spectra], flux)
    assert [s.facts["fiberid"] for s in spectra] == numbers.tolist()
    assert len({s.facts["survey_id"] for s in spectra}) == fibres


def lay_out(folder: Path, plate: bytes, zbest: bytes, below: str) -> None:
    (folder / below).mkdir(parents=True, exist_ok=True)
    (folder / NAME).write_bytes(plate)
    (folder / below / ZBEST).write_bytes(zbest)


@pytest.mark.parametrize("below", ["", "v5_13_0"])
@pytest.mark.parametrize("kind", ["folder", "file", "tar"])
def test_the_redshifts_lie_beside_or_in_the_folder_below(one, tmp_path, below, kind) -> None:
    lay_out(tmp_path / "1", *one, below)
    source = {"folder": tmp_path / "1", "file": tmp_path / "1" / NAME, "tar": tmp_path / "p.tar"}[
        kind
    ]
    if kind == "tar":
        with tarfile.open(source, "w") as archive:
            archive.add(tmp_path / "1", "1")
    sources = list_sources([str(source)])
    reader = choose_reader("auto", sources)
    assert reader.name == "spplate"
    workspace = Workspace(tmp_path / "work")
    read_survey(sources, reader, IngestSettings(min_coverage=0.5), workspace, lambda n: None)
    theirs = spec(natives()[0].read_bytes())
    facts = workspace.facts()
    assert facts["survey_id"].to_pylist() == [theirs.facts["survey_id"]]
    assert {name.rpartition("/")[2] for name in workspace.rejects()["source_file"].to_pylist()} == {
        NAME
    }
    if kind == "file":  # the digest of the input covers what was not named
        assert len(sources) == 2


def test_the_same_spectrum_has_the_same_obj_id_in_both_formats(one) -> None:
    ours, theirs = read(*one)[0], spec(natives()[0].read_bytes())
    (a,), (b,) = (
        make_obj_ids(reader.survey, SimpleIds(s.facts["survey_id"]))
        for reader, s in ((SpPlateReader(), ours), (SdssReader(), theirs))
    )
    assert a == b


class SimpleIds(list):
    """One identifier, as a column of Arrow gives it."""

    def __init__(self, survey_id: str):
        super().__init__([survey_id])

    def to_pylist(self) -> list[str]:
        return list(self)


def reason(plate: bytes, zbest: bytes | None, name: str = NAME) -> str:
    with pytest.raises(RejectedSpectrum) as caught:
        read(plate, zbest, name)
    return str(caught.value)


def test_reasons_say_what_is_missing(one) -> None:
    plate, zbest = one
    assert "has no spZbest-0001-52000.fits beside it" in reason(plate, None)
    assert "is not named spPlate-*.fits" in reason(plate, zbest, "plate.fits")
    assert "it lacks COEFF0, COEFF1 or a plug map" in reason(zbest, zbest)
    assert "spZbest-0001-52000.fits is not a FITS file" in reason(plate, b"x")
    no_table = io.BytesIO()
    fits.PrimaryHDU().writeto(no_table)
    assert "spZbest-0001-52000.fits has no table" in reason(plate, no_table.getvalue())
    assert "COEFF1 is no number" in reason(
        write_plate([natives()[0].read_bytes()], COEFF1="x")[0], zbest
    )


def test_without_run2d_a_spectrum_cannot_be_named() -> None:
    found = read(*write_plate([natives()[0].read_bytes()], RUN2D=""))
    assert "neither SPECOBJID nor plate, MJD, fibre and run2d" in str(found[0])


def test_a_file_of_redshifts_yields_nothing(one) -> None:
    assert read(one[1], None, f"v5_13_0/{ZBEST}") == []


def test_recognises_plates_alone(one) -> None:
    reader = SpPlateReader()
    assert reader.recognises(one[0])
    assert not reader.recognises(one[1])
    assert not reader.recognises(natives()[0].read_bytes())
    assert not reader.recognises(b"x")


@settings(max_examples=40, deadline=None)
@given(share=st.floats(0, 0.999), which=st.integers(0, 1))
def test_files_cut_anywhere_are_rejected_with_a_reason(one, share: float, which: int) -> None:
    files = list(one)
    files[which] = files[which][: int(share * len(files[which]))]
    try:
        found = read(*files)
    except RejectedSpectrum as error:
        assert str(error)
    else:
        # What comes behind the last table may be missing; what is read is whole.
        assert all(s.flux.size <= GRID_SIZE for s in found if isinstance(s, Spectrum))
        assert which == 1 or files[0] != b""
