"""Write spPlate and spZbest files by astropy, of the pixels and facts of spec files."""

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from astropy.io import fits

GRID_START, GRID_SIZE, STEP = 3.5, 6000, 1e-4
IMAGES = ("flux", "ivar", "and_mask", "or_mask", "wdisp")

EMPTY, SKY, UNKNOWN = 901, 902, 903
"""Fibres that see nothing, the sky, and a target without a redshift."""


def write_plate(
    specs: Sequence[bytes], names: bool = True, with_sky: bool = True, **header: Any
) -> tuple[bytes, bytes]:
    """Put spec files of one plate into a spPlate and a spZbest file; further fibres see nothing.

    Parameters
    ----------
    specs : sequence of bytes
        Spec files.
    names : bool
        Whether the HDUs are named; those of old reductions are not.
    with_sky : bool
        Whether the seventh HDU holds the sky; until DR7 it does not.
    header : dict
        Keywords that differ in the primary header.
    """
    opened = [fits.open(io.BytesIO(spec)) for spec in specs]
    rows = [hdus[2].data for hdus in opened]
    first = {n.upper(): rows[0][n][0] for n in rows[0].names}
    fibers = [int(row["FIBERID"][0]) for row in rows] + [EMPTY, SKY, UNKNOWN]
    hdus = [fits.PrimaryHDU(_image(opened, "flux", len(fibers)))]
    hdus += [fits.ImageHDU(_image(opened, name, len(fibers))) for name in IMAGES[1:]]
    hdus.append(_plugmap(rows, fibers))
    hdus.append(
        fits.ImageHDU(_image(opened, "sky", len(fibers)) if with_sky else np.zeros((3, 2), "f4"))
    )
    hdus[0].header.update({
        "COEFF0": GRID_START, "COEFF1": STEP, "PLATEID": int(first["PLATE"]),
        "MJD": int(first["MJD"]), "RUN2D": str(first["RUN2D"]).strip(), **header,
    })  # fmt: skip
    if names:
        for hdu, name in zip(
            hdus, "FLUX IVAR ANDMASK ORMASK WAVEDISP PLUGMAP SKY".split(), strict=True
        ):
            hdu.name = name
    return _bytes(hdus), _bytes([fits.PrimaryHDU(), _zbest(rows)])


def _image(opened: list[fits.HDUList], name: str, count: int) -> np.ndarray:
    tables = [hdus[1].data for hdus in opened]
    pixels = [t[name if name in t.names else "and_mask"] for t in tables]
    image = np.zeros((count, GRID_SIZE), pixels[0].dtype.newbyteorder("="))
    for row, (hdus, values) in enumerate(zip(opened, pixels, strict=True)):
        first = round((float(hdus[1].data["loglam"][0]) - GRID_START) / STEP)
        image[row, first : first + values.size] = values
    if name in ("flux", "ivar"):
        image[len(opened) + 1 :] = 1
    return image


def _plugmap(rows: list[np.ndarray], fibers: list[int]) -> fits.BinTableHDU:
    kinds = ["GALAXY"] * len(rows) + ["GALAXY", "SKY", "GALAXY"]
    reddening = [_reddening(row) for row in rows] + [0.0] * 3
    return fits.BinTableHDU.from_columns(
        [
            fits.Column("FIBERID", "J", array=fibers),
            fits.Column("RA", "D", array=[10.0] * len(fibers)),
            fits.Column("DEC", "D", array=[20.0] * len(fibers)),
            fits.Column("OBJTYPE", "16A", array=kinds),
            fits.Column("SFD_EBV", "E", array=reddening),
        ]
    )


def _reddening(row: np.ndarray) -> float:
    """Return E(B-V) by the coefficients of Schlafly and Finkbeiner; 0 where it is not known."""
    return float(row["EXTINCTION"][0][2] / 2.285) if "EXTINCTION" in row.names else 0.0


def _zbest(rows: list[np.ndarray]) -> fits.BinTableHDU:
    kept = [n for n in rows[0].names if n.upper() in _USED]
    columns = []
    for name in kept:
        values = np.concatenate([row[name] for row in rows])
        more = [EMPTY, SKY] if name.upper() == "FIBERID" else [values[-1]] * 2
        form = rows[0].columns[name].format
        columns.append(fits.Column(name.upper(), form, array=np.append(values, more)))
    return fits.BinTableHDU.from_columns(columns)


_USED = frozenset(
    "PLATE MJD FIBERID PLUG_RA PLUG_DEC CLASS SUBCLASS Z Z_ERR ZWARNING Z_NOQSO Z_ERR_NOQSO"
    " SN_MEDIAN SN_MEDIAN_ALL VDISP".split()
)


def _bytes(hdus: list[Any]) -> bytes:
    stream = io.BytesIO()
    fits.HDUList(hdus).writeto(stream)
    return stream.getvalue()
