"""The functions that queries may call, and the optional features that capabilities declare.

The registry of everything: what is not here is refused, and what is here is declared.
"""

from vo_service.adql.aggregates import AGGREGATES, RANKINGS
from vo_service.adql.catalogue import nearest, suggest
from vo_service.adql.geometry.calls import GEOMETRY
from vo_service.adql.mathematics import FUNCTIONS
from vo_service.adql.nodes import Place
from vo_service.adql.udf.registry import UDFS
from vo_service.adql.values import Result, Value, make_value, require_number, require_text
from vo_service.errors import UsageError

FEATURES: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    ("adqlgeo", tuple((name, "") for name in GEOMETRY)),
    ("udf", tuple((f.signature, f.description) for f in UDFS)),
    ("adql-string", (("LOWER", ""), ("UPPER", ""), ("ILIKE", ""))),
    ("adql-sets", (("UNION", ""), ("EXCEPT", ""), ("INTERSECT", ""))),
    ("adql-common-table", (("WITH", ""),)),
    ("adql-type", (("CAST", ""),)),
    ("adql-conditional", (("COALESCE", ""),)),
    ("adql-unit", (("IN_UNIT", ""),)),
    ("adql-offset", (("OFFSET", ""),)),
)
"""Optional features of ADQL 2.1 that work here: group, and each form with its description."""

EXTENSIONS = (
    ("CASE", "CASE WHEN condition THEN value ELSE value END, and CASE value WHEN value THEN ..."),
    ("GROUP BY expression", "GROUP BY and ORDER BY take expressions and aliases of SELECT"),
    ("%", "Remainder of a division, of the sign of the dividend"),
    ("& | ^ ~", "Operators on the bits of integers; ^ is the exclusive or"),
    ("0xFF", "Integers in hexadecimal"),
    (
        "OVER",
        f"{', '.join((*RANKINGS, *AGGREGATES))} OVER (PARTITION BY expression ORDER BY expression)",
    ),
)
"""What ADQL 2.1 does not have, and queries here may use."""

EXTENSION_TYPE = "ivo://oddsky/adql#features-extension"


def call_function(name: str, arguments: tuple[Result, ...], place: Place) -> Value:
    """Call a function of numbers or texts.

    Raises
    ------
    UsageError
        When there is no such function, or an argument is missing, left over or of another kind.
    """
    function = FUNCTIONS.get(name)
    if function is None:
        raise _unknown(name, place)
    check_count(name, function.counts, arguments, place)
    require = require_number if function.takes == "number" else require_text
    values = [require(a, name, place) for a in arguments]
    datatype = function.gives if function.gives != "same" else values[0].field.datatype or "int"
    if name == "MOD" and not all(v.is_integer for v in values):
        datatype = "double"
    sql = function.make(*(v.sql for v in values))
    about = f"{name} of {', '.join(v.field.name for v in values) or 'nothing'}"
    return make_value(sql, name.lower(), datatype, values, description=about)


def check_count(name: str, counts: tuple[int, ...], arguments: tuple, place: Place) -> None:
    """Refuse a wrong number of arguments.

    Raises
    ------
    UsageError
        Naming how many the function takes.
    """
    if len(arguments) not in counts:
        wanted = " or ".join(str(c) for c in counts)
        plural = "" if counts == (1,) else "s"
        raise UsageError(f"{name} takes {wanted} argument{plural}, not {len(arguments)}", *place)


def declared_features(
    mixed_case: tuple[str, ...] = ("adqlgeo", "udf"),
) -> list[tuple[str, str, str]]:
    """List what capabilities declare: feature type, form, description.

    Parameters
    ----------
    mixed_case : tuple of str
        Groups whose identifier is written `TAPRegExt#`, as installed clients compare it; the
        standard wants lower case (ADQL 2.1, section 4).
    """
    base = {True: "ivo://ivoa.net/std/TAPRegExt", False: "ivo://ivoa.net/std/tapregext"}
    standard = [
        (f"{base[group in mixed_case]}#features-{group}", form, about)
        for group, forms in FEATURES
        for form, about in forms
    ]
    return standard + [(EXTENSION_TYPE, form, about) for form, about in EXTENSIONS]


def _unknown(name: str, place: Place) -> UsageError:
    known = (
        *FUNCTIONS,
        *AGGREGATES,
        *RANKINGS,
        *GEOMETRY,
        *(f.name for f in UDFS),
        "COALESCE",
        "IN_UNIT",
    )
    guess = nearest(name, [n.lower() for n in known])
    return UsageError(f"There is no function {name}{suggest(guess and guess.upper())}", *place)
