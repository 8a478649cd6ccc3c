"""Write small spec files by astropy, as the tests want them."""

import io
from typing import Any

import numpy as np
from astropy.io import fits

ROW: dict[str, Any] = {
    "SPECOBJID": "   1874677820647565312",
    "PLATE": 1665,
    "MJD": 52976,
    "FIBERID": 198,
    "RUN2D": "26",
    "PLUG_RA": 49.742075,
    "PLUG_DEC": 41.470119,
    "CLASS": "GALAXY",
    "SUBCLASS": "BROADLINE",
    "Z": np.float32(0.5),
    "Z_ERR": np.float32(2e-5),
    "ZWARNING": 16,
    "Z_NOQSO": np.float32(0.02),
    "Z_ERR_NOQSO": np.float32(1e-5),
    "SN_MEDIAN_ALL": np.float32(98.1),
    "VDISP": np.float32(160.0),
}


def make_pixels(size: int = 50, **columns: np.ndarray) -> dict[str, np.ndarray]:
    """Make the columns of HDU 1; None leaves one out."""
    made = {
        "flux": np.linspace(1, 2, size, dtype=np.float32),
        "loglam": (3.6 + 1e-4 * np.arange(size)).astype(np.float32),
        "ivar": np.full(size, 4, np.float32),
        "and_mask": np.arange(size, dtype=np.int32),
        "sky": np.full(size, 0.5, np.float32),
    }
    return {name: v for name, v in (made | columns).items() if v is not None}


def make_table(columns: dict[str, np.ndarray]) -> fits.BinTableHDU:
    """Make a table HDU of numpy columns."""
    return fits.BinTableHDU.from_columns(
        [fits.Column(name, _form(values), array=values) for name, values in columns.items()]
    )


def make_row(**facts: Any) -> fits.BinTableHDU:
    """Make the table of one row; None leaves a column out."""
    row = {name: value for name, value in (ROW | facts).items() if value is not None}
    return make_table({name: np.array([value]) for name, value in row.items()})


def make_file(*tables: fits.BinTableHDU, **header: str) -> bytes:
    """Put tables behind a primary header; by default those of a good spec file."""
    primary = fits.PrimaryHDU()
    primary.header.update(header)
    stream = io.BytesIO()
    fits.HDUList([primary, *(tables or (make_table(make_pixels()), make_row()))]).writeto(stream)
    return stream.getvalue()


def _form(values: np.ndarray) -> str:
    if values.dtype.kind in "US":
        return f"{max(values.astype('S').dtype.itemsize, 1)}A"
    letter = {"f4": "E", "f8": "D", "i4": "J", "i8": "K", "i2": "I"}[values.dtype.str[1:]]
    return f"{values.shape[1]}{letter}" if values.ndim > 1 else letter
