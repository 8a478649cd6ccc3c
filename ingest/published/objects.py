"""The columns of `oddsky.objects`, one row per spectrum."""

from collections.abc import Sequence

from ingest.anomaly.catalogue import HEADLINE
from ingest.published.columns import integer, number, obj_id, text
from ingest.published.measured_fields import index_fields, plane_fields
from ingest.subspaces import Region
from vo_service.release.field import Field
from vo_service.release.table import Table

EXPLORERS = {
    "sdss": "https://dr18.sdss.org/optical/spectrum/view?plateid={plate}&mjd={mjd}&fiberid={fiberid}",
}
"""Pages of the surveys themselves, by survey."""


def objects_table(
    survey: str, regions: Sequence[Region], lines: Sequence[tuple[str, str]]
) -> Table:
    """Describe the main table.

    Parameters
    ----------
    survey : str
        Reader that found the spectra.
    regions : sequence of Region
        Regions that have a map.
    lines : sequence of (str, str)
        Name and label of the headline emission lines.
    """
    fields = [*_identity(), *_facts(), *_summary(), *_detectors()]
    for region in regions:
        fields += _region(region)
    for name, label in lines:
        fields += _line(name, label)
    fields += [*_diagnostics(), *_observation(), *_links(survey)]
    description = "Spectra with redshift, places on the maps, anomaly ranks and emission lines"
    return Table("oddsky", "objects", description, tuple(fields), sort_by=("obj_id",))


def _identity() -> list[Field]:
    return [
        obj_id(main=True),
        text("name", "IAU name, from the truncated position", "meta.title", "name", True),
        number("ra", "Right ascension, ICRS", "deg", "pos.eq.ra;meta.main", "ra", True, "double"),
        number("dec", "Declination, ICRS", "deg", "pos.eq.dec;meta.main", "dec", True, "double"),
    ]


def _facts() -> list[Field]:
    return [
        number("z", "Redshift that is used", "", "src.redshift", "redshift", True, "double"),
        text("subclass", "Subclass by the survey's pipeline", "src.class", "subclass", True),
        number("sn_median", "Median signal-to-noise ratio per pixel", "", "stat.snr", "sn", True),
        text("survey_id", "Identifier as the survey writes it", "meta.id", "survey_id"),
        Field(
            "source_id",
            "long",
            "obj_id that stands for all spectra of the same source on the sky",
            ucd="meta.id;src",
            role="source",
        ),
        integer(
            "is_primary",
            "1 for the best spectrum of its source, 0 for a repeat",
            "meta.code",
            "primary",
        ),
        number("z_err", "Standard error of the redshift", "", "stat.error;src.redshift"),
        number(
            "z_pipeline",
            "Redshift by the pipeline's first choice",
            "",
            "src.redshift",
            datatype="double",
        ),
        text("z_source", "Column of the survey that z is taken from", "meta.note"),
        integer("z_warning", "The survey's redshift warning bits", "meta.code.qual"),
        text("spec_class", "Class by the survey's pipeline", "src.class"),
        number(
            "vdisp", "Stellar velocity dispersion by the survey", "km/s", "phys.veloc.dispersion"
        ),
        number(
            "ebv", "Galactic reddening E(B-V), null where not given", "mag", "phot.color.excess"
        ),
    ]


def _summary() -> list[Field]:
    return [
        integer(
            "consensus_rank",
            "Rank of the mean over the methods, 1 is strangest",
            "stat.rank",
            "consensus",
            True,
        ),
        integer(
            "best_rank", "Best rank in any detector, 1 is strangest", "stat.rank", principal=True
        ),
        text("best_detector", "Detector that gives the best rank", "meta.id", principal=True),
        integer(
            "n_lists",
            "Number of top lists that hold the object",
            "meta.number",
            "list_count",
            True,
        ),
        integer(
            "is_new",
            "1 for a spectrum that was added: placed and ranked by the models of the others",
            "meta.code",
            "new",
        ),
        integer(
            "n_beyond",
            "Regions in which an added spectrum is stranger than all that the models were made of",
            "meta.number",
            "beyond_count",
        ),
    ]


def _detectors() -> list[Field]:
    return [
        field
        for name, meaning in ((d.detector, d.meaning) for d in HEADLINE)
        for field in (
            number(
                f"{name}_score",
                f"Score: {meaning}; greater is stranger",
                "",
                "stat.value",
                f"score:{name}",
            ),
            integer(
                f"{name}_rank", f"Rank by {name}, 1 is strangest", "stat.rank", f"rank:{name}", True
            ),
        )
    ]


def _region(region: Region) -> list[Field]:
    where = f"{region.lo:.0f}-{region.hi:.0f} Angstrom"
    name = region.name
    return [
        number(
            f"{name}_x",
            f"Place on the map of {where}, first axis",
            "",
            "pos.cartesian.x",
            f"map:{name}:x",
            True,
        ),
        number(
            f"{name}_y",
            f"Place on the map of {where}, second axis",
            "",
            "pos.cartesian.y",
            f"map:{name}:y",
            True,
        ),
        integer(
            f"{name}_rank",
            f"Rank by oddness in {where}, 1 is strangest",
            "stat.rank",
            f"oddness:{name}",
        ),
    ]


def _line(name: str, label: str) -> list[Field]:
    ew = "rest-frame, over the continuum at its centre, positive in emission"
    return [
        number(
            f"{name}_ew",
            f"Equivalent width of {label}, {ew}",
            "Angstrom",
            "spect.line.eqWidth",
            f"ew:{name}",
        ),
        number(
            f"{name}_ew_err",
            f"Standard error of {name}_ew",
            "Angstrom",
            "stat.error;spect.line.eqWidth",
        ),
    ]


def _diagnostics() -> list[Field]:
    return [*index_fields(), *plane_fields()]


def _observation() -> list[Field]:
    return [
        integer("plate", "Plate", "instr.setup"),
        integer("mjd", "Modified Julian date of the observation", "time.epoch;obs"),
        integer("fiberid", "Fibre", "instr.setup"),
        text("run2d", "Version of the survey's reduction", "meta.version"),
        integer(
            "random_index",
            "Place in a random order of all spectra, from 0",
            "meta.number",
            "random",
        ),
    ]


def _links(survey: str) -> list[Field]:
    templates = {
        "spectrum_url": ("Spectrum as VOTable", "{base}/spectra/{obj_id}", "access:spectrum")
    }
    if survey in EXPLORERS:
        templates["explorer_url"] = ("The survey's own page", EXPLORERS[survey], "access:explorer")
    templates["datalink_url"] = (
        "Everything there is about the spectrum (DataLink)",
        "{base}/links?ID={obj_id}",
        "access:links",
    )
    links = [
        Field(name, "char", about, ucd="meta.ref.url", arraysize="*", role=role, template=template)
        for name, (about, template, role) in templates.items()
    ]
    return [*links, _publisher_did()]


def _publisher_did() -> Field:
    return Field(
        "publisher_did",
        "char",
        "Identifier of the spectrum in the Virtual Observatory",
        ucd="meta.ref.ivoid",
        arraysize="*",
        role="did",
        template="ivo://{authority}/spectra?{obj_id}",
        principal=True,
    )
