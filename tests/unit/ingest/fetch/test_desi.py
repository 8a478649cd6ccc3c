"""Names and places of DESI spectra."""

import pytest

from ingest.errors import SourceError
from ingest.fetch.desi import DesiArchive, Pixel, parse_id


def test_a_pixel_is_two_files_under_the_layout_of_its_release():
    coadd, redrock = DesiArchive(release="edr").wanted(Pixel("special", "dark", 27247))
    root = "https://data.desi.lbl.gov/public/edr/spectro/redux/fuji/healpix/special/dark/272/27247"
    assert coadd.places[0].url == f"{root}/coadd-special-dark-27247.fits"
    assert redrock.places[0].url == f"{root}/redrock-special-dark-27247.fits"
    first = DesiArchive().wanted(Pixel("main", "bright", 9))[0].places[0].url
    assert "/dr1/spectro/redux/iron/healpix/main/bright/0/9/coadd-main-bright-9.fits" in first


def test_ids():
    assert parse_id("sv3/bright/10016") == Pixel("sv3", "bright", 10016)
    assert parse_id("39627565329026280:sv3/bright/10016") == Pixel("sv3", "bright", 10016)
    assert parse_id("39627565329026280") == 39627565329026280
    with pytest.raises(SourceError, match=r"\.\./dark/1"):
        parse_id("../dark/1")


@pytest.mark.parametrize("pixel", [("..", "dark", 1), ("main", "dark/..", 1), ("main", "dark", -1)])
def test_a_table_cannot_lead_out_of_the_folder(pixel: tuple[str, str, int]):
    with pytest.raises(SourceError, match="no DESI pixel"):
        Pixel(*pixel)
