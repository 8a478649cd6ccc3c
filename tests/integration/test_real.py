"""The main job on real spectra: 700 SDSS files in, the questions of an astronomer out."""

import urllib.request

import numpy as np
import pytest
import pyvo
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.table import Table
from specutils import Spectrum
from specutils.io.parsing_utils import generic_spectrum_from_table

from ingest.store import read_table
from tests.benchmarks.lines import judge, match
from tests.support.programs import run_program
from tests.support.shared import SHARED, shared_path
from vo_service.release.release import Release


@pytest.fixture(scope="session")
def tap(real_service):
    return pyvo.dal.TAPService(f"{real_service}/tap")


STRANGEST = """
SELECT TOP 20 o.obj_id, o.survey_id, o.name, o.ra, o.dec, o.z, o.subclass, o.whole_x, o.whole_y,
       o.pca_worst_rank, r.reason
FROM oddsky.objects AS o JOIN oddsky.reasons AS r ON r.obj_id = o.obj_id
WHERE r.reason_rank = 1
ORDER BY o.pca_worst_rank
"""


def test_the_strangest_twenty_come_with_place_redshift_and_reason(tap):
    table = tap.search(STRANGEST).to_table()
    assert table["pca_worst_rank"].tolist() == list(range(1, 21))
    assert np.isfinite(table["whole_x"]).all()
    theirs = Table.read(shared_path("data/sdss_dr14/objects.csv"), format="ascii.csv")
    by_id = {str(row["specobjid"]): row for row in theirs}
    for row in table:
        known = by_id[str(row["survey_id"])]
        expected = known["z_noqso"] if known["z_noqso"] else known["z"]
        assert row["z"] == pytest.approx(expected, abs=1e-6)
        assert row["ra"] == pytest.approx(known["ra"], abs=1e-9)
        assert "sigma at" in row["reason"]


def test_a_cone_around_each_of_them_finds_it(tap, real_service):
    table = tap.search(STRANGEST).to_table()
    cone = pyvo.dal.SCSService(f"{real_service}/cone")
    for row in table[:5]:
        place = SkyCoord(row["ra"], row["dec"], unit="deg")
        found = cone.search(pos=place, radius=2 * u.arcsec).to_table()
        assert row["obj_id"] in found["obj_id"]


@pytest.mark.parametrize(
    "name", [p.name for p in sorted((SHARED / "data/sdss_dr14/native").glob("spec-*.fits"))[:12]]
)
def test_its_spectrum_is_that_of_the_file(tap, real_service, tmp_path, name):
    with fits.open(shared_path(f"data/sdss_dr14/native/{name}")) as hdus:
        theirs, survey_id = hdus[1].data, str(hdus[2].data["SPECOBJID"][0]).strip()
    query = f"SELECT spectrum_url FROM oddsky.objects WHERE survey_id = '{survey_id}'"
    found = tap.search(query)["spectrum_url"]
    assert len(found) == 1
    wave = 10 ** theirs["loglam"].astype(float)
    good = theirs["ivar"] > 0
    for form in ("votable", "votable/td", "fits"):
        path = tmp_path / f"spectrum.{form[:4]}"
        urllib.request.urlretrieve(f"{found[0]}?RESPONSEFORMAT={form}", path)
        ours = Table.read(path, format=form.split("/")[0])
        assert np.array_equal(ours["flux"], theirs["flux"])
        assert np.array_equal(ours["ivar"], theirs["ivar"])
        assert np.array_equal(ours["mask"], theirs["and_mask"])
        assert np.array_equal(ours["sky"], theirs["sky"])
        assert np.allclose(ours["wave"], wave, rtol=1e-6)
        # As specutils finds the columns of any table; FITS it reads without a hint.
        is_fits = form == "fits"
        seen = Spectrum.read(str(path)) if is_fits else generic_spectrum_from_table(ours)
        assert np.allclose(seen.spectral_axis.to_value(u.AA), wave, rtol=1e-6)
        assert seen.flux.unit.is_equivalent(u.Unit("1e-17 erg / (s cm2 Angstrom)"))
        assert np.array_equal(seen.flux.value, theirs["flux"])
        if is_fits:
            header = seen.meta["header"]
            assert (header["SPECSYS"], header["RADESYS"]) == ("HELIOCEN", "ICRS")
            assert header["DS_IDENT"] == survey_id
        error = np.ma.filled(seen.uncertainty.array, np.nan)
        assert np.allclose(error[good], 1 / np.sqrt(theirs["ivar"][good]), rtol=1e-6)


def test_its_most_similar_objects_in_the_na_d_region_are_a_join_away(tap):
    query = """
    SELECT n.nb_rank, n.dist, b.name, b.z
    FROM oddsky.objects AS a
    JOIN oddsky.neighbours AS n ON n.obj_id = a.obj_id
    JOIN oddsky.objects AS b ON b.obj_id = n.neighbour_id
    WHERE a.pca_worst_rank = 1 AND n.region_id = 'nad' AND n.nb_rank <= 5
    ORDER BY n.nb_rank
    """
    table = tap.search(query).to_table()
    assert table["nb_rank"].tolist() == [1, 2, 3, 4, 5]
    assert (np.diff(table["dist"]) >= 0).all()


def test_repeats_of_one_source_are_found(tap):
    # 32 pairs of the 700 are one source; one of them loses a spectrum to its coverage.
    count = "SELECT COUNT(*) AS n FROM oddsky.objects WHERE is_primary = 0"
    assert tap.search(count)["n"][0] == 31


def test_rejected_files_say_why(tap):
    rejects = tap.search("SELECT * FROM oddsky.rejects").to_table()
    assert len(rejects) == 12
    assert all("less than 85%" in reason for reason in rejects["reason"])


@pytest.mark.client
def test_stilts_queries_it(real_service):
    query = "SELECT TOP 3 name, pca_worst_rank FROM oddsky.objects ORDER BY pca_worst_rank"
    answer = run_program(
        "stilts", "tapquery", f"tapurl={real_service}/tap", f"adql={query}", "sync=true", "ofmt=csv"
    )
    lines = answer.stdout.strip().splitlines()
    assert lines[0] == "name,pca_worst_rank"
    assert [line.rsplit(",", 1)[1] for line in lines[1:]] == ["1", "2", "3"]


@pytest.mark.client
def test_stilts_searches_cones(real_service, tap):
    row = tap.search(STRANGEST).to_table()[0]
    answer = run_program(
        "stilts", "cone", f"serviceurl={real_service}/cone", "servicetype=cone",
        f"lon={row['ra']}", f"lat={row['dec']}", "radius=0.01", "ofmt=csv",
    )  # fmt: skip
    assert str(row["obj_id"]) in answer.stdout


def test_equivalent_widths_are_sdsss_where_its_pipeline_measures_well(real_release):
    release = Release.open(real_release)
    objects = read_table(release, "oddsky.objects").select(["obj_id", "survey_id", "z"])
    fits = read_table(release, "oddsky.line_fits").join(objects, "obj_id")
    ours = Table({name: fits[name].to_pylist() for name in ("survey_id", "line_id")})
    for name in ("z", "ew", "flux"):
        ours[name] = fits[name].to_numpy(zero_copy_only=False)
    judged = judge(match(ours))
    shares = {line: share for line, (_, _, share, _, _) in judged.items()}
    assert shares["hbeta"] > 0.75
    assert min(shares[n] for n in ("halpha", "nii_6585", "oiii_5008", "sii_6718")) > 0.9


def test_chi2_does_not_depend_on_the_phase_between_the_grids(real_release):
    """Half a pixel of shift averages neighbours; their noise must be told as it then is."""
    release = Release.open(real_release)
    windows, objects = (read_table(release, f"oddsky.{n}") for n in ("window_scores", "objects"))
    spectra = objects.to_pandas().set_index("obj_id")
    chi2 = windows.to_pandas().groupby("obj_id")["chi2_dof"].median()
    spectra = spectra.loc[chi2.index]
    # Both grids lie on multiples of 0.0001 dex: whole pixels of shift have phase 0.
    phase = np.mod(np.log10(1 + spectra["z"].to_numpy()) / 1e-4, 1)
    level = np.log(spectra["sn_median"].to_numpy())
    known = np.stack([np.ones(phase.size), 4 * phase * (1 - phase), level, level**2], axis=1)
    slope, error = fit_robustly(known, np.log(chi2.to_numpy()))
    assert abs(slope) < 2.5 * error
    assert error < 0.05


def fit_robustly(known: np.ndarray, wanted: np.ndarray) -> tuple[float, float]:
    """Return the factor of the second column and its standard error, outliers left out."""
    kept = np.ones(wanted.size, bool)
    for _ in range(5):
        factors = np.linalg.lstsq(known[kept], wanted[kept], rcond=None)[0]
        off = wanted - known @ factors
        kept = np.abs(off) < 3 * 1.4826 * np.median(np.abs(off))
    spread = np.linalg.inv(known[kept].T @ known[kept]) * off[kept].var()
    return factors[1], np.sqrt(spread[1, 1])
