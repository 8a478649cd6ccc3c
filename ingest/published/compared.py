"""The tables that compare: agreement of lists, S/N bias, groups of anomalies, known galaxies."""

from ingest.published.columns import OBJECTS_KEY, integer, number, obj_id, region_id, text
from ingest.published.findings import REGION_KEY
from vo_service.release.field import Field
from vo_service.release.table import ForeignKey, Table

_LIST = "Detector as in oddsky.detectors, or region whose rank it is, or consensus"

AGREEMENT = Table(
    "oddsky",
    "agreement",
    "How many spectra the tops of two lists share, and from how many they are then drawn",
    (
        text("detector", f"First list. {_LIST}", "meta.id", "detector", True),
        text(
            "other_detector",
            "Second list; the first again where its seed is another",
            "meta.id",
            principal=True,
        ),
        text(
            "relation",
            "method, variant (of one method) or seed (same detector under another seed)",
            "meta.code.class",
            principal=True,
        ),
        integer(
            "top_length", "g, spectra at the top of each list that are compared", principal=True
        ),
        integer("overlap", "k, spectra in both tops", principal=True),
        number("chance", "g*g/N, what two random lists would share", "", "stat.value", "", True),
        number(
            "n_estimated",
            "g*g/k, likeliest number of spectra the tops are drawn from; null where k is 0",
            "",
            "meta.number",
            principal=True,
            datatype="double",
        ),
        number(
            "n_chapman",
            "The same by Chapman, (g+1)(g+1)/(k+1) - 1",
            "",
            "meta.number;stat.mean",
            principal=True,
            datatype="double",
        ),
        number(
            "n_lo",
            "Lower end of the 68 per cent interval of the number drawn from",
            "",
            "meta.number;stat.min",
            principal=True,
            datatype="double",
        ),
        number(
            "n_hi",
            "Upper end of the 68 per cent interval; null where k is 0, there is none",
            "",
            "meta.number;stat.max",
            principal=True,
            datatype="double",
        ),
    ),
    sort_by=("top_length", "detector", "other_detector", "relation"),
)

SN_BIAS = Table(
    "oddsky",
    "sn_bias",
    "How the top of every list is spread over the percentiles of the signal-to-noise ratio",
    (
        text("detector", _LIST, "meta.id", "detector", True),
        integer("sn_bin", "1 for the lowest signal-to-noise ratios", "meta.id", principal=True),
        number("sn_lo", "Share of spectra below the bin", "", "stat.rank;stat.min", "", True),
        number("sn_hi", "Share of spectra up to its end", "", "stat.rank;stat.max", "", True),
        integer("n_listed", "Spectra of the top list in the bin", principal=True),
        number("n_expected", "The same of a random list", "", "meta.number;stat.mean", "", True),
        number(
            "p_value",
            "Two-sided probability of a count as far off in a random list",
            "",
            "stat.probability",
            principal=True,
        ),
        number(
            "sn_median_share",
            "Median share of spectra that are fainter than those of the list; 0.5 is unbiased",
            "",
            "stat.rank;stat.median",
            principal=True,
        ),
    ),
    sort_by=("detector", "sn_bin"),
)

ANOMALY_GROUPS = Table(
    "oddsky",
    "anomaly_groups",
    "The top of every list, in groups of those that stand together on a map",
    (
        text("detector", _LIST, "meta.id", "detector", True),
        region_id(),
        integer(
            "group_number",
            "1 for the largest group; null where the object stands alone or is not on the map",
            "meta.id",
            principal=True,
        ),
        integer(
            "place_order",
            "Place in an order in which objects that are near on the map stand together",
            "meta.number",
            "place_order",
            True,
        ),
        obj_id(),
        integer("score_rank", "Rank in the list, 1 is strangest", "stat.rank", "", True),
    ),
    (OBJECTS_KEY, REGION_KEY),
    sort_by=("detector", "region_id", "place_order"),
)

KNOWN = Table(
    "oddsky",
    "known",
    "The 49 galaxies named by Reis et al. (2019), arXiv 1911.06823, one row per entry there",
    (
        text("name", "IAU name", "meta.id", "name", True),
        Field("ra", "double", "Right ascension, ICRS, from the name", "deg", "pos.eq.ra",
              principal=True),
        Field("dec", "double", "Declination, ICRS, from the name", "deg", "pos.eq.dec",
              principal=True),
        text("paper_table", "Table of the paper, or text", "meta.bib", principal=True),
        text("topic", "What the paper lists it for", "meta.code.class", principal=True),
        text("remark", "What the paper says of it; null for nothing", "meta.note", "", True),
        text("detected_by", "Methods that found it; null where not told", "meta.note", "", True),
        Field(
            "obj_id",
            "long",
            "The spectrum within 3 arcsec of highest S/N; null where none is in the release",
            ucd="meta.id",
            role="id",
            principal=True,
        ),
        text("best_detector", "List that ranks it highest here", "meta.id", "", True),
        integer("best_rank", "Its rank there, 1 is strangest", "stat.rank", "", True),
        integer("consensus_rank", "Its rank by all lists together", "stat.rank", "", True),
    ),
    (ForeignKey("oddsky.objects", (("obj_id", "obj_id"),), "The galaxy in this release"),),
    sort_by=("paper_table", "name", "remark"),
)  # fmt: skip
