"""SDSS's own line fits, from HDU 3 of its spec files, as a judge of ours."""

import io
import tarfile
from functools import cache

import numpy as np
from astropy.io import fits
from astropy.table import Table

from tests.support.shared import shared_path

NAMES = {
    "H_alpha": "halpha", "H_beta": "hbeta", "[N_II] 6583": "nii_6585",
    "[O_III] 5007": "oiii_5008", "[S_II] 6716": "sii_6718", "[S_II] 6730": "sii_6733",
}  # fmt: skip


@cache
def read_pipeline_lines() -> Table:
    """Return survey_id, line_id, z, and the pipeline's rest-frame EW [Angstrom] and flux.

    SDSS's own EW is the line's area over the continuum at its centre, both observed-frame: 1 + z
    greater. `ew_err` and `flux_err` are its errors.
    """
    rows = []
    with tarfile.open(shared_path("data/sdss_dr14/spec-lite-700.tar.xz")) as archive:
        for member in archive:
            if member.name.endswith(".fits"):
                rows += _read(archive.extractfile(member).read())
    return Table(rows=rows, names=("survey_id", "line_id", "z", "ew", "ew_err", "flux", "flux_err"))


def _read(data: bytes) -> list[tuple]:
    with fits.open(io.BytesIO(data)) as hdus:
        survey_id = str(hdus[2].data["SPECOBJID"][0]).strip()
        table = hdus[3].data
        names = np.char.strip(table["LINENAME"].astype(str))
        columns = ("LINEZ", "LINEEW", "LINEEW_ERR", "LINEAREA", "LINEAREA_ERR")
        lines = zip(names, *(table[c].astype(float) for c in columns), strict=True)
        return [
            (survey_id, NAMES[name], z, ew / (1 + z), ew_err / (1 + z), flux, flux_err)
            for name, z, ew, ew_err, flux, flux_err in lines
            if name in NAMES and ew_err > 0 and flux_err > 0
        ]
