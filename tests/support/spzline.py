"""SDSS's own line fits, from HDU 3 of its spec files, as a judge of ours."""

import io
import tarfile

import numpy as np
from astropy.io import fits
from astropy.table import Table

from tests.support.shared import shared_path

NAMES = {
    "H_alpha": "halpha", "H_beta": "hbeta", "[N_II] 6583": "nii_6585",
    "[O_III] 5007": "oiii_5008", "[S_II] 6716": "sii_6718",
}  # fmt: skip


def read_pipeline_lines() -> Table:
    """Return survey_id, line_id, and the pipeline's rest-frame EW [Angstrom] with its error.

    SDSS's own is the line's area over its continuum, both observed-frame: 1 + z greater.
    """
    rows = []
    with tarfile.open(shared_path("data/sdss_dr14/spec-lite-700.tar.xz")) as archive:
        for member in archive:
            if member.name.endswith(".fits"):
                rows += _read(archive.extractfile(member).read())
    return Table(rows=rows, names=("survey_id", "line_id", "ew", "ew_err"))


def _read(data: bytes) -> list[tuple]:
    with fits.open(io.BytesIO(data)) as hdus:
        survey_id = str(hdus[2].data["SPECOBJID"][0]).strip()
        stretch = 1 + float(hdus[2].data["Z"][0])
        lines = hdus[3].data
        names = np.char.strip(lines["LINENAME"].astype(str))
        return [
            (survey_id, NAMES[name], float(ew) / stretch, float(err) / stretch)
            for name, ew, err in zip(names, lines["LINEEW"], lines["LINEEW_ERR"], strict=True)
            if name in NAMES and err > 0
        ]
