"""The columns of `oddsky.objects` that hold what is measured of whole spectra, and the planes."""

from ingest.published.columns import number
from vo_service.release.field import Field

_EMISSION = "emission taken away where detected; rest-frame, positive in absorption"
_RATIOS = {
    "bpt_nii": "[N II] 6585",
    "bpt_sii": "[S II] 6718+6733",
    "bpt_oi": "[O I] 6302",
}


def index_fields() -> list[Field]:
    """Describe the indices, named as the attributes of `Indices`."""
    return [*_break(), *_absorption(), *_velocities()]


def plane_fields() -> list[Field]:
    """Describe the coordinates of the diagnostic planes, as `measure_ratios` names them.

    Every plane has an x and a y, so that a row lies on it or not; the plane of D4000 and H-delta
    is made of two indices.
    """
    fields = []
    for plane, lines in _RATIOS.items():
        fields += _plane(plane, f"{lines} over H-alpha", "[O III] 5008 over H-beta", "all lines")
    return fields + _plane(
        "whan",
        "[N II] 6585 over H-alpha",
        "the equivalent width of H-alpha in Angstrom",
        "both lines",
    )


def _plane(plane: str, x: str, y: str, lines: str) -> list[Field]:
    ucd = "spect.line.intensity;arith.ratio"
    second = "spect.line.eqWidth" if plane == "whan" else ucd
    condition = f"null unless {lines} are detected"
    return [
        number(f"{plane}_x", f"log10 of {x}; {condition}", "", ucd, f"map:{plane}:x"),
        number(f"{plane}_y", f"log10 of {y}; {condition}", "", second, f"map:{plane}:y"),
    ]


def _break() -> list[Field]:
    about = "Break at 4000 Angstrom, narrow bands (Balogh et al. 1999)"
    return [
        number("d4000", about, "", "spect.index", "map:d4000_hdelta:x"),
        number("d4000_err", "Standard error of d4000", "", "stat.error;spect.index"),
    ]


def _absorption() -> list[Field]:
    indices = (
        ("hdelta_abs", "H-delta_A (Worthey & Ottaviani 1997)", "map:d4000_hdelta:y"),
        ("nad_abs", "Na D (Worthey et al. 1994)", "absorption:nad"),
    )
    fields = []
    for name, meaning, role in indices:
        about = f"Equivalent width of {meaning}, {_EMISSION}"
        fields += _with_error(name, about, "Angstrom", "spect.line.eqWidth", role)
    return fields


def _velocities() -> list[Field]:
    width = (
        "Gaussian width of the {} lines, the instrument's in it, 50 to 700; null where none "
        "exceeds five of its errors"
    )
    offset = (
        "Velocity of Na D against the redshift, negative towards the observer, for a ratio of "
        "its lines of 1.2; null where not detected"
    )
    return [
        *_with_error("nad_offset", offset, "km/s", "spect.dopplerVeloc", "offset:nad"),
        *_with_error("sigma_balmer", width.format("recombination"), "km/s", "spect.line.width", ""),
        *_with_error("sigma_forbidden", width.format("forbidden"), "km/s", "spect.line.width", ""),
    ]


def _with_error(name: str, about: str, unit: str, ucd: str, role: str) -> list[Field]:
    return [
        number(name, about, unit, ucd, role),
        number(f"{name}_err", f"Standard error of {name}", unit, f"stat.error;{ucd}"),
    ]
