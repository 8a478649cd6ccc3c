"""The tables that describe the run: regions, windows, lines, maps, detectors, rejects, labels."""

from ingest.published.columns import OBJECTS_KEY, integer, number, obj_id, region_id, text
from vo_service.release.field import Field
from vo_service.release.table import Table

REGIONS = Table(
    "oddsky",
    "regions",
    "Wavelength regions in which spectra are compared",
    (
        region_id(),
        number(
            "lo",
            "Lower limit, rest frame, vacuum",
            "Angstrom",
            "em.wl;stat.min",
            "region_lo",
            True,
        ),
        number(
            "hi",
            "Upper limit, rest frame, vacuum",
            "Angstrom",
            "em.wl;stat.max",
            "region_hi",
            True,
        ),
        integer("pixels", "Pixels of the grid in the region", role="region_pixels", principal=True),
        text("description", "What the region holds", "meta.note", "region_about", True),
    ),
    sort_by=("lo", "hi"),
)

WINDOWS = Table(
    "oddsky",
    "windows",
    "Windows of the reconstruction detectors; they overlap by half",
    (
        text("window_id", "Window", "meta.id", principal=True),
        number(
            "lo", "Lower limit, rest frame, vacuum", "Angstrom", "em.wl;stat.min", principal=True
        ),
        number(
            "hi", "Upper limit, rest frame, vacuum", "Angstrom", "em.wl;stat.max", principal=True
        ),
        integer("pixels", "Pixels of the grid in the window", principal=True),
    ),
    sort_by=("window_id",),
)

LINES = Table(
    "oddsky",
    "lines",
    "Lines of galaxy spectra that are looked for",
    (
        text("line_id", "Line", "meta.id", "line", True),
        text("label", "The line as astronomers write it", "meta.title", "line_label", True),
        number(
            "wave",
            "Rest wavelength, vacuum",
            "Angstrom",
            "em.wl",
            "line_wave",
            True,
            datatype="double",
        ),
        text("kind", "emission or absorption", "meta.code.class", "line_kind", True),
        text(
            "family",
            "Lines whose widths and offsets are tied",
            "meta.code.class",
            "line_family",
            True,
        ),
    ),
    sort_by=("wave", "line_id"),
)

MAPS = Table(
    "oddsky",
    "maps",
    "The map of every region: how it was made and how good it is",
    (
        region_id(),
        text("method", "Method of the map", "meta.note", principal=True),
        text("quality_name", "Figure of merit or parameter", "meta.id", "quality_name", True),
        number("quality", "Its value", "", "stat.value", "quality", True, "double"),
    ),
    sort_by=("region_id", "quality_name"),
)

DETECTORS = Table(
    "oddsky",
    "detectors",
    "Anomaly detectors: what they look at, with what parameters",
    (
        text("detector", "Detector", "meta.id", "detector", True),
        text(
            "family",
            "Family of methods; one voice in the consensus",
            "meta.code.class",
            "detector_family",
            True,
        ),
        text("description", "What a high score means", "meta.note", "detector_about", True),
        text("good_for", "What it finds, and what it does not", "meta.note", principal=True),
        text("parameters", "All parameters, as JSON", "meta.note", principal=True),
        Field("seed", "long", "Seed of what is random in it", ucd="meta.number", principal=True),
    ),
    sort_by=("detector",),
)

RELEASES = Table(
    "oddsky",
    "releases",
    "The runs that made this release",
    (
        text("run_id", "Hash of input, settings, seed and version", "meta.id", "run", True),
        text("survey", "Survey that the spectra come from", "meta.id", principal=True),
        text("version", "Version of oddsky", "meta.version", principal=True),
        integer("n_spectra", "Spectra published", principal=True),
        integer("n_rejected", "Spectra rejected, see oddsky.rejects", principal=True),
        text("settings", "All settings, as JSON", "meta.note", principal=True),
        text("input_digest", "SHA-256 over the input files", "meta.id", principal=True),
    ),
    sort_by=("run_id",),
)

REJECTS = Table(
    "oddsky",
    "rejects",
    "Files and spectra that were not used, with the reason",
    (
        text("source_file", "File, as named in the input", "meta.id", principal=True),
        text("reason", "Why it was not used", "meta.note", "reject_reason", True),
    ),
    sort_by=("source_file", "reason"),
)

LABELS = Table(
    "oddsky",
    "mock_labels",
    "Oddities that were planted in a mock survey",
    (
        obj_id(),
        text("kind", "Kind of the oddity", "meta.code.class", principal=True),
        number(
            "amplitude",
            "Its strength, in the unit of its description",
            "",
            "stat.value",
            principal=True,
            datatype="double",
        ),
        text("description", "What was planted", "meta.note", principal=True),
    ),
    (OBJECTS_KEY,),
    sort_by=("obj_id",),
)
