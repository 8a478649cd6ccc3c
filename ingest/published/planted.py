"""What detectors find of planted oddities: the table `oddsky.planted`."""

from collections.abc import Sequence

import pyarrow as pa

from ingest.compare.alter import ALTERATIONS
from ingest.compare.recall import ANY_WINDOW, Recall
from ingest.published.columns import integer, number, text
from vo_service.release.table import Table

PLANTED = Table(
    "oddsky",
    "planted",
    "What each list finds of oddities planted into the survey's own spectra, by models that saw "
    "neither the altered copies nor their parents",
    (
        text("detector", "Detector; or window_, far_, resid_ with a window or region; any_window "
             "lists what any single window does", "meta.id", principal=True),
        text("kind", "Kind of the oddity", "meta.code.class", principal=True),
        number("amplitude", "Its strength, in the unit of its meaning", "", "stat.value",
               principal=True, datatype="double"),
        text("meaning", "What the amplitude is", "meta.note"),
        integer("n_copies", "Altered copies", principal=True),
        number("recall_1", "Share of the copies stranger than all but 1 % of unaltered spectra", "",
               "stat.value", principal=True),
        number("recall_1_lo", "Lower end of Wilson's 68 % interval", "", "stat.value;stat.min"),
        number("recall_1_hi", "Upper end of Wilson's 68 % interval", "", "stat.value;stat.max"),
        number("recall_5", "Share of the copies stranger than all but 5 % of unaltered spectra", "",
               "stat.value", principal=True),
        number("recall_5_lo", "Lower end of Wilson's 68 % interval", "", "stat.value;stat.min"),
        number("recall_5_hi", "Upper end of Wilson's 68 % interval", "", "stat.value;stat.max"),
        number("listed_1", "Share of unaltered spectra listed with recall_1; more than 1 % for "
               "any_window", "", "stat.value"),
        number("listed_5", "Share of unaltered spectra listed with recall_5", "", "stat.value"),
        number("auc", "Chance that a copy is stranger than an unaltered spectrum", "",
               "stat.probability", principal=True),
        number("parents", "Median share of unaltered spectra stranger than the copies' parents",
               "", "stat.value"),
        integer("n_joint", "Copies that were fitted together with the survey, at most 0.5 % of it"),
        number("joint_1", "recall_1 of these", "", "stat.value"),
        number("joint_5", "recall_5 of these", "", "stat.value"),
    ),
    sort_by=("detector", "kind", "amplitude"),
)  # fmt: skip


def planted_rows(recalls: Sequence[Recall]) -> pa.Table:
    """Lay the recalls out, one row per list, kind and amplitude."""
    columns = {
        "detector": [_list_name(r.name) for r in recalls],
        "kind": [r.kind for r in recalls],
        "amplitude": [r.amplitude for r in recalls],
        "meaning": [ALTERATIONS[r.kind].meaning for r in recalls],
        "n_copies": [r.copies for r in recalls],
        "auc": [r.auc for r in recalls],
        "parents": [r.parents for r in recalls],
        "n_joint": [r.joint_copies for r in recalls],
    }
    for i, rate in enumerate(("1", "5")):
        for j, end in enumerate(("", "_lo", "_hi")):
            columns[f"recall_{rate}{end}"] = [r.shares[i][j] for r in recalls]
        columns[f"listed_{rate}"] = [r.listed[i] for r in recalls]
        columns[f"joint_{rate}"] = [r.joint[i] for r in recalls]
    return pa.table(columns)


def _list_name(name: str) -> str:
    return name if name == ANY_WINDOW else name.replace(":", "_")
