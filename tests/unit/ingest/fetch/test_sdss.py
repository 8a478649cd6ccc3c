"""Names and places of SDSS spectra."""

import pytest
from astropy.table import Table

from ingest.errors import SourceError
from ingest.fetch.sdss import Fibre, SdssArchive, decode_spec_obj_id, parse_id
from tests.support.shared import shared_path


def test_spec_obj_ids_of_700_spectra_come_apart_as_the_survey_says():
    facts = Table.read(shared_path("data/sdss_dr14/objects.csv"), format="ascii.csv")
    for row in facts:
        expected = Fibre(*(int(row[n]) for n in ("plate", "mjd", "fiberid")), str(row["run2d"]))
        assert decode_spec_obj_id(int(row["specobjid"])) == expected


@pytest.mark.parametrize(
    ("release", "run2d", "plate", "url"),
    [
        ("dr14", "26", 371, "dr14/sdss/spectro/redux/26/spectra/lite/0371"),
        ("dr17", "v5_13_2", 3586, "dr17/eboss/spectro/redux/v5_13_2/spectra/lite/3586"),
        ("dr18", "v5_13_2", 3650, "dr18/spectro/sdss/redux/v5_13_2/spectra/lite/3650"),
        ("dr18", "26", 266, "dr18/spectro/sdss/redux/26/spectra/lite/0266"),
        ("dr17", "v5_13_2", 10475, "dr17/eboss/spectro/redux/v5_13_2/spectra/lite/10475"),
    ],
)
def test_folders_of_each_release(release: str, run2d: str, plate: int, url: str):
    archive = SdssArchive(release=release)
    assert archive.folder(run2d, plate) == f"https://data.sdss.org/sas/{url}"


def test_without_a_reduction_those_of_the_release_are_tried():
    places = SdssArchive(release="dr14").wanted(Fibre(371, 52078, 126)).places
    assert [place.path.split("/")[1] for place in places] == ["26", "103", "104"]
    (place,) = SdssArchive(release="dr14").wanted(Fibre(6138, 56598, 950)).places
    assert place.url.endswith("/v5_10_0/spectra/lite/6138/spec-6138-56598-0950.fits")


@pytest.mark.parametrize("text", ["1.23765E+18", "12", "1678-53433", "99-1-1", "x", str(1 << 70)])
def test_what_is_no_spectrum_is_named(text: str):
    with pytest.raises(SourceError, match=text.replace("+", r"\+")):
        parse_id(text)


def test_a_table_cannot_lead_out_of_the_folder():
    with pytest.raises(SourceError, match="no reduction"):
        Fibre(371, 52078, 126, "../../26")


def test_a_spreadsheet_is_found_out():
    with pytest.raises(SourceError, match="spreadsheet"):
        parse_id("4.17744E+17")


@pytest.mark.parametrize("setting", [{"release": "dr7"}, {"run2d": "../../etc"}])
def test_wrong_settings_are_refused(setting: dict[str, str]):
    with pytest.raises(SourceError):
        SdssArchive(**setting)
