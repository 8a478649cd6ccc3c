"""From reasons and line fits to the rows of their tables."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from ingest.compare.reasons import Reasons
from ingest.measure.linelist import Line
from ingest.measure.lines import LineFits
from ingest.subspaces import Window

_QUANTITIES = {
    "ew": "ew",
    "ew_err": "ew_err",
    "flux": "flux",
    "flux_err": "flux_err",
    "sigma": "sigma",
    "sigma_err": "sigma_err",
    "offset": "offset_kms",
    "offset_err": "offset_err",
}
"""Attributes of `LineFits` and the columns they become; OFFSET is a reserved word."""


def reason_rows(
    ids: np.ndarray, reasons: Reasons, windows: Sequence[Window], lines: Sequence[Line]
) -> pa.Table:
    """Lay the reasons out, one row per object and reason."""
    window_names = pa.array([w.name for w in windows])
    line_names = pa.array([line.name for line in lines])
    return pa.table(
        {
            "obj_id": ids[reasons.row],
            "reason_rank": reasons.rank,
            "window_id": window_names.take(pa.array(reasons.window)),
            "rest_wave": reasons.rest_wave.astype(np.float32),
            "obs_wave": reasons.obs_wave.astype(np.float32),
            "sigma": reasons.sigma,
            "line_id": line_names.take(pa.array(reasons.line, mask=reasons.line < 0)),
            "cause_flag": pa.array([cause or None for cause in reasons.cause], pa.string()),
            "reason": reasons.text,
        }
    )


def line_fit_rows(ids: np.ndarray, fits: LineFits) -> pa.Table:
    """Lay the line fits out, one row per object and line that it covers."""
    row, line = np.nonzero(np.isfinite(fits.flux))
    names = pa.array(list(fits.names))
    values = {column: getattr(fits, q)[row, line] for q, column in _QUANTITIES.items()}
    detected = fits.detected[row, line].astype(np.int32)
    head = {"obj_id": ids[row], "line_id": names.take(pa.array(line))}
    return pa.table(head | values | {"detected": detected})


def line_rows(lines: Sequence[Line]) -> pa.Table:
    """Describe the lines."""
    return pa.table(
        {
            "line_id": [line.name for line in lines],
            "label": [line.label for line in lines],
            "wave": [line.wave for line in lines],
            "kind": [line.kind for line in lines],
            "family": [line.family for line in lines],
        }
    )
