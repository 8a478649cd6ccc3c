"""Spectra written by specutils and astropy, read by our reader, against the values put in."""

import io
import sys
import tarfile
from typing import Any

import astropy.units as u
import numpy as np
import pytest
from astropy.io import fits
from astropy.nddata import (
    InverseVariance,
    StdDevUncertainty,
    VarianceUncertainty,
)
from astropy.table import Table
from astropy.wcs import WCS

from ingest.batches import Spectrum
from ingest.errors import RejectedSpectrum, SettingsError
from ingest.read.by_specutils import SpecutilsReader
from ingest.read.readers import choose_reader
from ingest.read.sources import list_sources
from ingest.reading import read_survey
from ingest.settings import IngestSettings
from ingest.workspace import Workspace
from tests.support.shared import needed_module, shared_path

specutils = needed_module("specutils")

WAVE = np.linspace(4000, 6000, 80)
FLUX = np.random.default_rng(3).uniform(2, 4, 80)
ERROR = np.random.default_rng(4).uniform(0.1, 0.2, 80)
CGS = 1e-17 * u.erg / u.s / u.cm**2 / u.AA
ABOUT = {"OBJID": "J1-2", "RA": 150.0, "DEC": 2.0, "Z": 0.1}


def make(**changed: Any) -> Any:
    given = {
        "flux": FLUX * CGS,
        "spectral_axis": WAVE * u.AA,
        "uncertainty": StdDevUncertainty(ERROR * CGS),
        "meta": {"header": fits.Header(ABOUT)},
    } | changed
    return specutils.Spectrum(**given)


def make_linear(**changed: Any) -> Any:
    """Make it on a grid that a header of an image describes."""
    wcs = WCS(naxis=1)
    wcs.wcs.ctype, wcs.wcs.cunit = ["WAVE"], ["Angstrom"]
    wcs.wcs.crval, wcs.wcs.crpix, wcs.wcs.cdelt = [4000.0], [1.0], [2000 / 79]
    return make(spectral_axis=None, wcs=wcs, **changed)


def write(spectrum: Any, tmp_path, kind: str = "tabular-fits") -> bytes:
    ending = {"tabular-fits": "a.fits", "wcs1d-fits": "a.wcs1d.fits"}[kind]
    path = tmp_path / ending
    spectrum.write(path, format=kind, overwrite=True)
    if kind == "wcs1d-fits":  # its writer leaves the other keywords out
        with fits.open(path, mode="update") as hdus:
            hdus[0].header.update(spectrum.meta["header"])
    return path.read_bytes()


def read(data: bytes, name: str = "a.fits", facts: str | None = None) -> list:
    def beside(wanted: str) -> bytes | None:
        return facts.encode() if facts and wanted == "spectra-facts.csv" else None

    return list(SpecutilsReader().read(name, data, beside))


def only(found: list) -> Spectrum:
    (spectrum,) = found
    assert isinstance(spectrum, Spectrum), spectrum
    return spectrum


def assert_is_it(spectrum: Spectrum) -> None:
    assert spectrum.wave == pytest.approx(WAVE, rel=1e-6)
    assert spectrum.flux == pytest.approx(FLUX, rel=1e-5)
    assert spectrum.ivar == pytest.approx(ERROR**-2, rel=1e-4)
    assert [spectrum.facts[n] for n in ("survey_id", "ra", "dec", "z")] == ["J1-2", 150, 2, 0.1]


@pytest.mark.parametrize("kind", ["tabular-fits", "wcs1d-fits"])
def test_what_specutils_writes_is_read(tmp_path, kind) -> None:
    name = "a.fits" if kind == "tabular-fits" else "a.wcs1d.fits"
    spectrum = make() if kind == "tabular-fits" else make_linear()
    assert_is_it(only(read(write(spectrum, tmp_path, kind), name)))


@pytest.mark.parametrize(
    "uncertainty",
    [
        StdDevUncertainty(ERROR * CGS),
        VarianceUncertainty((ERROR * CGS) ** 2),
        InverseVariance((ERROR * CGS) ** -2),
    ],
    ids=lambda uncertainty: uncertainty.uncertainty_type,
)
def test_uncertainties_of_any_kind_become_inverse_variance(tmp_path, uncertainty) -> None:
    data = write(make_linear(uncertainty=uncertainty), tmp_path, "wcs1d-fits")
    assert_is_it(only(read(data, "a.wcs1d.fits")))


def test_flux_per_frequency_and_wavelengths_in_micron_are_converted(tmp_path) -> None:
    there = u.spectral_density(WAVE * u.AA)
    flux, error = (x.to(u.mJy, there) for x in (FLUX * CGS, ERROR * CGS))
    spectrum = make(
        flux=flux, uncertainty=StdDevUncertainty(error), spectral_axis=(WAVE * u.AA).to(u.um)
    )
    assert_is_it(only(read(write(spectrum, tmp_path))))


def test_a_decreasing_axis_is_turned(tmp_path) -> None:
    frequency = (WAVE * u.AA).to(u.THz, u.spectral())
    assert_is_it(only(read(write(make(spectral_axis=frequency), tmp_path))))


@pytest.mark.parametrize("card", [("AIRORVAC", "air"), ("VACUUM", False)])
def test_wavelengths_in_air_are_brought_to_vacuum(tmp_path, card) -> None:
    spectrum = make(meta={"header": fits.Header(ABOUT | dict([card]))})
    wave = only(read(write(spectrum, tmp_path))).wave
    # Na D: 5889.951 Angstrom in air is 5891.583 in vacuum (NIST).
    assert np.interp(5889.951, WAVE, wave) == pytest.approx(5891.583, abs=0.01)


def test_an_axis_of_wavelengths_in_air_is_brought_to_vacuum() -> None:
    primary = fits.PrimaryHDU(FLUX)
    primary.header.update(CTYPE1="AWAV", CUNIT1="Angstrom", CRVAL1=4000.0, CRPIX1=1.0)
    primary.header.update(CDELT1=2000 / 79, BUNIT="1e-17 erg / (Angstrom cm2 s)", **ABOUT)
    stream = io.BytesIO()
    fits.HDUList([primary, fits.ImageHDU(ERROR, name="STD")]).writeto(stream)
    wave = only(read(stream.getvalue())).wave
    assert np.interp(5889.951, WAVE, wave) == pytest.approx(5891.583, abs=0.01)


def test_the_redshift_of_a_spectrum_itself_is_used(tmp_path, monkeypatch) -> None:
    from ingest.read import by_specutils

    spectrum = make(meta=header(Z=None), redshift=0.25)
    monkeypatch.setattr(by_specutils, "_load", lambda name, data: [spectrum])
    assert only(read(b"")).facts["z"] == pytest.approx(0.25)


def test_masked_pixels_have_no_weight(tmp_path) -> None:
    mask = np.arange(80) % 10 == 3
    data = write(make_linear(mask=mask), tmp_path, "wcs1d-fits")
    spectrum = only(read(data, "a.wcs1d.fits"))
    assert np.array_equal(spectrum.ivar == 0, mask)


def test_text_tables_are_read_by_the_ending_of_their_name() -> None:
    table = Table([WAVE * u.AA, FLUX * CGS, ERROR * CGS], names=["wave", "flux", "uncertainty"])
    stream = io.StringIO()
    table.write(stream, format="ascii.ecsv")
    facts = "source_file,id,ra,dec,z\nb.ecsv,J9,1,2,0.3\na.ecsv,J1-2,150,2,0.1\n"
    assert_is_it(only(read(stream.getvalue().encode(), "deep/a.ecsv", facts)))


def test_facts_beside_go_before_those_of_the_header(tmp_path) -> None:
    facts = "source_file,z,spec_class\na.fits,0.25,GALAXY\n"
    spectrum = only(read(write(make(), tmp_path), facts=facts))
    assert (spectrum.facts["z"], spectrum.facts["spec_class"]) == (0.25, "GALAXY")
    assert spectrum.facts["survey_id"] == "J1-2"


def test_each_spectrum_of_a_file_has_its_row_of_facts() -> None:
    data = shared_desi()
    found = read(data, "coadd.fits")
    assert found
    assert all("in the header or in spectra-facts.csv" in str(reason) for reason in found)
    rows = "".join(f"coadd.fits,{n},t{n},{n},{n},0.1\n" for n in range(1, 16))
    found = read(data, "coadd.fits", "source_file,number,id,ra,dec,z\n" + rows)
    assert len(found) == 15
    good = [s for s in found if isinstance(s, Spectrum)]
    assert good
    with fits.open(io.BytesIO(data)) as hdus:
        for spectrum in good:
            band, row = divmod(int(spectrum.facts["survey_id"][1:]) - 1, 5)
            name = "BRZ"[band]
            assert np.array_equal(spectrum.flux, hdus[f"{name}_FLUX"].data[row].astype("f4"))
            assert spectrum.wave == pytest.approx(hdus[f"{name}_WAVELENGTH"].data)


def shared_desi() -> bytes:
    from pathlib import Path

    folder = Path(specutils.__file__).parent / "io/default_loaders/tests/desi_test_data"
    return next(iter(sorted(folder.glob("coadd-*.fits")))).read_bytes()


def test_a_spec_file_of_sdss_is_the_same_as_by_its_own_reader() -> None:
    from ingest.read.sdss import SdssReader

    path = next(iter(sorted(shared_path("data/sdss_dr14/native").glob("spec-????-*.fits"))))
    data = path.read_bytes()
    (theirs,) = SdssReader().read(path.name, data)
    facts = f"source_file,id,ra,dec,z\n{path.name},1,2,3,0.1\n"
    ours = only(read(data, path.name, facts))
    assert np.array_equal(ours.flux, theirs.flux)
    # specutils masks what all exposures flag.
    assert ours.ivar == pytest.approx(np.where(theirs.mask == 0, theirs.ivar, 0), rel=1e-6)


def header(**changed: Any) -> dict[str, Any]:
    return {"header": fits.Header({k: v for k, v in (ABOUT | changed).items() if v is not None})}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"uncertainty": None}, "has no uncertainty"),
        ({"flux": FLUX * u.ct, "uncertainty": StdDevUncertainty(ERROR * u.ct)}, "is in ct, which"),
        ({"meta": header(Z=None)}, "the redshift is missing; give it as z, in the header or in"),
        ({"meta": header(RA=None)}, "position is missing"),
        ({"meta": header(OBJID=None)}, "has no identifier"),
    ],
)  # fmt: skip
def test_rejects_say_why(tmp_path, changed, said) -> None:
    (reason,) = read(write(make(**changed), tmp_path))
    assert isinstance(reason, RejectedSpectrum)
    assert str(reason).startswith("spectrum 1: ")
    assert said in str(reason)


@pytest.mark.parametrize("data", [b"", b"x", b"SIMPLE  = ", bytes(3000)])
def test_what_is_no_spectrum_is_rejected(data: bytes) -> None:
    with pytest.raises(RejectedSpectrum, match="in no format that specutils reads, or damaged"):
        read(data)


def test_a_damaged_table_of_facts_is_named(tmp_path) -> None:
    data = write(make(), tmp_path)
    for facts, said in (
        ("id,z\n1,2\n", "has no column source_file or file or filename"),
        ("source_file,z\na.fits,1\na.fits,2\n", "two of one file that differ in no column number"),
    ):
        with pytest.raises(RejectedSpectrum, match=r"the table spectra-facts.csv beside it") as e:
            read(data, facts=facts)
        assert said in str(e.value)


def test_without_specutils_the_sentence_says_how_to_get_it(tmp_path, monkeypatch) -> None:
    data = write(make(), tmp_path)
    monkeypatch.setitem(sys.modules, "specutils", None)
    with pytest.raises(SettingsError, match=r"pip install 'oddsky\[specutils\]'"):
        read(data)


def test_a_folder_is_read_with_its_table_of_facts(tmp_path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    make(meta={"header": fits.Header()}).write(folder / "a.fits", format="tabular-fits")
    (folder / "spectra-facts.csv").write_text(
        "source_file,id,ra,dec,z,class\na.fits,J1-2,150,2,0.1,GALAXY\n"
    )
    sources = list_sources([str(folder)])
    assert [source.name for source in sources] == ["a.fits", "spectra-facts.csv"]
    # Named alone, the file brings its facts, so that the digest of the input covers them.
    assert len(list_sources([str(folder / "a.fits")])) == 2
    reader = choose_reader("specutils", sources)
    workspace = Workspace(tmp_path / "work")
    read_survey(sources, reader, IngestSettings(min_coverage=0.3), workspace, lambda n: None)
    assert workspace.facts()["survey_id"].to_pylist() == ["J1-2"]
    assert workspace.rejects().num_rows == 0


def test_facts_are_found_in_an_archive_too(tmp_path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        for folder, survey_id in (("n1", "J1"), ("n2", "J2")):
            made = write(make(meta=header(OBJID=None)), tmp_path)
            facts = f"source_file,id\na.fits,{survey_id}\n".encode()
            for name, data in (("a.fits", made), ("spectra-facts.csv", facts)):
                info = tarfile.TarInfo(f"{folder}/{name}")
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
    sources = list_sources([str(tmp_path / "a.tar")])
    workspace = Workspace(tmp_path / "work")
    settings = IngestSettings(min_coverage=0.3, spec_class="")
    read_survey(sources, SpecutilsReader(), settings, workspace, lambda n: None)
    assert workspace.facts()["survey_id"].to_pylist() == ["J1", "J2"]
