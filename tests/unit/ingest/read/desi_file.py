"""Write small coadd and redrock files by astropy, as the tests want them."""

import io
from typing import Any

import numpy as np
from astropy.io import fits
from astropy.table import Table

ANGSTROM = "Angstrom"
FLUX_UNIT = "10**-17 erg/(s cm2 Angstrom)"
WAVES = {
    "B": np.arange(2751) * 0.8 + 3600,
    "R": np.arange(2326) * 0.8 + 5760,
    "Z": np.arange(2881) * 0.8 + 7520,
}
IDS = (39089837499744649, 39089837499744650, 616088619186127404, -2713437)
"""Two targets, a sky fibre and an unused one."""


def make_images(count: int = 4, **changed: Any) -> dict[str, np.ndarray]:
    """Make the arms' images by EXTNAME; `changed` replaces some, None leaves one out."""
    made = {}
    for seed, (arm, wave) in enumerate(WAVES.items()):
        rng = np.random.default_rng(seed)
        made[f"{arm}_WAVELENGTH"] = wave
        made[f"{arm}_FLUX"] = rng.normal(5, 1, (count, wave.size)).astype(np.float32)
        made[f"{arm}_IVAR"] = rng.uniform(0.5, 2, (count, wave.size)).astype(np.float32)
        made[f"{arm}_MASK"] = np.zeros((count, wave.size), np.uint32)
    return {name: image for name, image in (made | changed).items() if image is not None}


def make_coadd(
    images: dict[str, np.ndarray] | None = None,
    fibermap: dict[str, Any] | None = None,
    units: dict[str, str] | None = None,
    ids: tuple[int, ...] = IDS,
) -> bytes:
    """Put together a coadd file; columns of `fibermap` are added, None leaves one out."""
    images = make_images(len(ids)) if images is None else images
    columns = {
        "TARGETID": np.array(ids, np.int64),
        "COADD_FIBERSTATUS": np.zeros(len(ids), np.int32),
        "TARGET_RA": np.linspace(10, 11, len(ids)),
        "TARGET_DEC": np.linspace(-5, 5, len(ids)),
        "OBJTYPE": ["TGT", "TGT", "SKY", ""] if ids == IDS else ["TGT"] * len(ids),
        "EBV": np.full(len(ids), 0.03, np.float32),
        "MEAN_MJD": np.full(len(ids), 59311.7),
    } | (fibermap or {})
    exposures = {"TARGETID": np.repeat(ids, 2), "MJD": 59000.25 + np.arange(2 * len(ids))}
    hdus = [_table(columns, "FIBERMAP"), _table(exposures, "EXP_FIBERMAP")]
    known = {f"{arm}_WAVELENGTH": ANGSTROM for arm in WAVES} | {
        f"{arm}_FLUX": FLUX_UNIT for arm in WAVES
    }
    for name, image in images.items():
        hdus.append(fits.ImageHDU(image, name=name))
        unit = (known | (units or {})).get(name)
        if unit:
            hdus[-1].header["BUNIT"] = unit
    return _write([*hdus, _table({"TARGETID": np.array(ids, np.int64)}, "SCORES")])


def make_redrock(ids: tuple[int, ...] = IDS, **columns: Any) -> bytes:
    """Put together a redrock file; columns replace its own, None leaves one out."""
    made = {
        "TARGETID": np.array(ids, np.int64),
        "Z": np.linspace(0.1, 0.2, len(ids)),
        "ZERR": np.full(len(ids), 1e-5),
        "ZWARN": np.arange(len(ids)) * 4,
        "SPECTYPE": ["GALAXY"] * len(ids),
        "SUBTYPE": [""] * len(ids),
    } | columns
    return _write(
        [_table(made, "REDSHIFTS"), _table({"TARGETID": np.array(ids, np.int64)}, "FIBERMAP")]
    )


def _table(columns: dict[str, Any], name: str) -> fits.BinTableHDU:
    hdu = fits.table_to_hdu(Table({k: v for k, v in columns.items() if v is not None}))
    hdu.name = name
    return hdu


def _write(hdus: list[Any]) -> bytes:
    stream = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), *hdus]).writeto(stream)
    return stream.getvalue()
