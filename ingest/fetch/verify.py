"""Whether the bytes that came are those that the archive holds."""

import hashlib
import warnings
from pathlib import Path

from astropy.io import fits

from ingest.fetch.index import Checksum

FAILED = 0
"""What astropy answers for a sum that does not fit; 2 is a sum that is not there."""


def fault(path: Path, checksum: Checksum | None) -> str | None:
    """Say what is wrong with a file that was fetched, or None.

    Parameters
    ----------
    path : Path
        A FITS file.
    checksum : Checksum or None
        What the archive lists; without it the file must be a whole FITS file, and agree with its
        own CHECKSUM and DATASUM where it has them.
    """
    if checksum is None:
        return _fits_fault(path)
    if _digest(path, checksum.algorithm) != checksum.digits:
        return f"its bytes differ from the archive's {checksum.algorithm} sum"
    return None


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return _digest(path, "sha256")


def _digest(path: Path, algorithm: str) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, algorithm).hexdigest()


def _fits_fault(path: Path) -> str | None:
    try:
        with (
            warnings.catch_warnings(action="ignore"),
            fits.open(path, lazy_load_hdus=False) as hdus,
        ):
            last = hdus[-1].fileinfo()
            if last["datLoc"] + last["datSpan"] != path.stat().st_size:
                return "it does not end where its FITS headers say"
            wrong = [str(i) for i, hdu in enumerate(hdus) if _sums_fail(hdu)]
    # astropy meets damaged headers with errors of a dozen kinds.
    except Exception:
        return "it is no whole FITS file"
    return f"the FITS checksum of HDU {', '.join(wrong)} does not fit" if wrong else None


def _sums_fail(hdu: fits.hdu.base.ExtensionHDU) -> bool:
    return FAILED in (hdu.verify_datasum(), hdu.verify_checksum())
