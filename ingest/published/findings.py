"""The tables of what was found: similar objects, scores, reasons, lines."""

from ingest.published.columns import (
    FLUX_UNIT,
    OBJECTS_KEY,
    integer,
    number,
    obj_id,
    region_id,
    text,
)
from vo_service.release.field import Field
from vo_service.release.table import ForeignKey, Table

REGION_KEY = ForeignKey("oddsky.regions", (("region_id", "region_id"),), "The region of the row")
LINE_KEY = ForeignKey("oddsky.lines", (("line_id", "line_id"),), "The line of the row")
WINDOW_KEY = ForeignKey("oddsky.windows", (("window_id", "window_id"),), "The window of the row")
DETECTOR_KEY = ForeignKey(
    "oddsky.detectors", (("detector", "detector"),), "The detector of the row"
)

NEIGHBOURS = Table(
    "oddsky",
    "neighbours",
    "Similar objects: the nearest spectra of every spectrum in every region",
    (
        obj_id(),
        region_id(),
        integer("nb_rank", "1 for the most similar object", "stat.rank", "neighbour_rank", True),
        Field(
            "neighbour_id",
            "long",
            "obj_id of the similar object",
            ucd="meta.id",
            role="neighbour",
            principal=True,
        ),
        number(
            "dist",
            "Distance in the space of the region's components",
            "",
            "stat.value",
            "neighbour_distance",
            True,
        ),
    ),
    (
        OBJECTS_KEY,
        ForeignKey("oddsky.objects", (("neighbour_id", "obj_id"),), "The similar object"),
        REGION_KEY,
    ),
    sort_by=("obj_id", "region_id", "nb_rank"),
)

REGION_SCORES = Table(
    "oddsky",
    "region_scores",
    "How odd every spectrum is in every region; null where the region is not covered",
    (
        obj_id(),
        region_id(),
        number(
            "coverage",
            "Share of the region's pixels that are present",
            "",
            "stat.value",
            principal=True,
        ),
        number(
            "far",
            "Distance to the last similar object; greater is stranger",
            "",
            "stat.value",
            principal=True,
        ),
        integer("far_rank", "Rank by far, 1 is strangest", "stat.rank", principal=True),
        number(
            "resid",
            "Reduced chi2 off the plane of the components; greater is stranger",
            "",
            "stat.fit.chi2",
            principal=True,
        ),
        integer("resid_rank", "Rank by resid, 1 is strangest", "stat.rank", principal=True),
        number(
            "isolation_dist",
            "Distance to the last neighbour on the map; greater is stranger",
            "",
            "stat.value",
            "isolation",
            True,
        ),
    ),
    (OBJECTS_KEY, REGION_KEY),
    sort_by=("obj_id", "region_id"),
)

WINDOW_SCORES = Table(
    "oddsky",
    "window_scores",
    "How badly every window of every spectrum is reconstructed from the survey's own components",
    (
        obj_id(),
        text("window_id", "Window, as in oddsky.windows", "meta.id", principal=True),
        number(
            "chi2_dof",
            "Reduced chi2 over the survey's median in the window",
            "",
            "stat.fit.chi2",
            principal=True,
        ),
        number(
            "score",
            "Robust deviation of ln chi2_dof; greater is stranger",
            "",
            "stat.value",
            principal=True,
        ),
        integer(
            "score_rank",
            "Rank by score within the window, 1 is strangest",
            "stat.rank",
            principal=True,
        ),
    ),
    (OBJECTS_KEY, WINDOW_KEY),
    sort_by=("obj_id", "window_id"),
)

SCORES = Table(
    "oddsky",
    "scores",
    "Score and rank of every spectrum by every detector",
    (
        obj_id(),
        text("detector", "Detector, as in oddsky.detectors", "meta.id", "detector", True),
        number(
            "score",
            "Score; greater is stranger",
            "",
            "stat.value",
            "score",
            True,
            datatype="double",
        ),
        integer("score_rank", "Rank, 1 is strangest", "stat.rank", "score_rank", True),
    ),
    (OBJECTS_KEY, DETECTOR_KEY),
    sort_by=("detector", "obj_id"),
)

COMPONENTS = Table(
    "oddsky",
    "components",
    "PCA components of every spectrum in every region, from which similarity is computed",
    (
        obj_id(),
        region_id(),
        Field(
            "components",
            "float",
            "Half the tilt, then coefficients of the spectrum over its straight line",
            ucd="stat.fit.param",
            arraysize="*",
            role="components",
            principal=True,
        ),
    ),
    (OBJECTS_KEY, REGION_KEY),
    sort_by=("region_id", "obj_id"),
)

REASONS = Table(
    "oddsky",
    "reasons",
    "Why a spectrum is odd: where it departs most from its reconstruction",
    (
        obj_id(),
        integer("reason_rank", "1 for the strongest reason", "stat.rank", "reason_rank", True),
        text(
            "window_id",
            "Window that holds the departure, as in oddsky.windows",
            "meta.id",
            principal=True,
        ),
        number(
            "rest_wave",
            "Rest-frame wavelength of the departure, vacuum",
            "Angstrom",
            "em.wl",
            "reason_wave",
            True,
        ),
        number(
            "obs_wave",
            "Observed-frame wavelength of the departure, vacuum",
            "Angstrom",
            "em.wl",
            principal=True,
        ),
        number(
            "sigma",
            "Departure over its noise; positive is an excess",
            "",
            "stat.snr",
            principal=True,
        ),
        text(
            "line_id", "Line there, as in oddsky.lines; null where none", "meta.id", principal=True
        ),
        text(
            "cause_flag",
            "sky, sodium, telluric or arm_join where that is the likelier cause, else null",
            "meta.code.qual",
            "cause",
            True,
        ),
        text("reason", "The reason in words", "meta.note", "reason", True),
    ),
    (OBJECTS_KEY, WINDOW_KEY, LINE_KEY),
    sort_by=("obj_id", "reason_rank"),
)

LINE_FITS = Table(
    "oddsky",
    "line_fits",
    "Gaussian fits of emission lines over the stellar continuum; null where not covered",
    (
        obj_id(),
        text("line_id", "Line, as in oddsky.lines", "meta.id", "line", True),
        number(
            "ew",
            "Equivalent width, rest-frame, over the continuum at the centre, positive in emission",
            "Angstrom",
            "spect.line.eqWidth",
            "line_ew",
            True,
        ),
        number(
            "ew_err",
            "Standard error of ew",
            "Angstrom",
            "stat.error;spect.line.eqWidth",
            principal=True,
        ),
        number(
            "flux",
            "Line flux, observed frame, not de-reddened",
            FLUX_UNIT,
            "phot.flux;spect.line.intensity",
            "line_flux",
            True,
        ),
        number(
            "flux_err", "Standard error of flux", FLUX_UNIT, "stat.error;phot.flux", principal=True
        ),
        number(
            "sigma",
            "Gaussian width as observed, the instrument's in it, tied within the family",
            "km/s",
            "spect.line.width",
            principal=True,
        ),
        number(
            "sigma_err",
            "Standard error of sigma",
            "km/s",
            "stat.error;spect.line.width",
            principal=True,
        ),
        number(
            "offset_kms",
            "Velocity of the line against the redshift, tied within the family",
            "km/s",
            "spect.dopplerVeloc",
            "line_offset",
            True,
        ),
        number(
            "offset_err",
            "Standard error of offset_kms",
            "km/s",
            "stat.error;spect.dopplerVeloc",
            principal=True,
        ),
        integer(
            "detected",
            "1 where flux exceeds three times flux_err, else 0",
            "meta.code",
            "line_detected",
            True,
        ),
    ),
    (OBJECTS_KEY, LINE_KEY),
    sort_by=("obj_id", "line_id"),
)
