import io

import numpy as np
import pytest
from astropy.io import fits

from ingest.read.fits_named import NamedHdus
from ingest.read.fits_scan import UnreadableError
from tests.support.shared import shared_path
from tests.unit.ingest.read.spec_file import make_table


def written(*hdus: fits.ImageHDU | fits.BinTableHDU) -> bytes:
    stream = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), *hdus]).writeto(stream)
    return stream.getvalue()


def test_images_and_tables_equal_those_of_astropy() -> None:
    path = shared_path("data/desi/coadd-special-dark-27247.fits")
    found = NamedHdus.scan(path.read_bytes())
    with fits.open(path) as hdus:
        assert list(found.hdus) == [hdu.name for hdu in hdus[1:]]
        for hdu in hdus[1:]:
            if isinstance(hdu, fits.ImageHDU):
                assert np.array_equal(found.image(hdu.name), hdu.data)
                assert found.unit(hdu.name) == hdu.header.get("BUNIT")
            else:
                assert found.table(hdu.name).column("TARGETID").tolist() == (
                    hdu.data["TARGETID"].tolist()
                )


@pytest.mark.parametrize("dtype", ["u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8"])
def test_every_type_of_image_is_read_whole(dtype: str) -> None:
    info = np.iinfo if dtype[0] in "iu" else np.finfo
    image = np.array([[info(dtype).min, 1, 2], [3, 4, info(dtype).max]], dtype)
    found = NamedHdus.scan(written(fits.ImageHDU(image, name="x"))).image("X")
    assert np.array_equal(found, image)


def test_scaled_images_are_refused() -> None:
    hdu = fits.ImageHDU(np.arange(6, dtype=np.int16), name="X")
    hdu.scale("int16", bscale=0.5, bzero=1)
    with pytest.raises(UnreadableError, match="has a scaled image X"):
        NamedHdus.scan(written(hdu)).image("X")


def test_what_is_not_there_is_named() -> None:
    found = NamedHdus.scan(
        written(fits.ImageHDU(np.ones(3), name="A"), make_table({"x": np.ones(3)}))
    )
    with pytest.raises(UnreadableError, match="has no extension B"):
        found.image("B")
    with pytest.raises(UnreadableError, match="has no table A"):
        found.table("A")


def test_names_are_read_from_their_place_alone() -> None:
    hdu = fits.ImageHDU(np.ones(3), name="A")
    hdu.header.insert("EXTNAME", ("HISTORY", "EXTNAME = 'B       '"))
    assert list(NamedHdus.scan(written(hdu)).hdus) == ["A"]


def test_an_image_that_does_not_fill_its_hdu_is_refused() -> None:
    data = written(fits.ImageHDU(np.ones((5, 7)), name="A"))
    found = NamedHdus.scan(
        data.replace(b"PCOUNT  =" + b"0".rjust(21), b"PCOUNT  =" + b"9".rjust(21))
    )
    with pytest.raises(UnreadableError, match="an image that does not fill its HDU"):
        found.image("A")
