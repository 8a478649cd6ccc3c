"""All user defined functions by name."""

from vo_service.adql.udf.base import Call, Udf
from vo_service.adql.udf.numbers import NUMBERS
from vo_service.adql.udf.objects import OBJECTS
from vo_service.adql.udf.sky import SKY
from vo_service.adql.udf.texts import TEXTS
from vo_service.adql.values import Result
from vo_service.errors import UsageError

UDFS: tuple[Udf, ...] = (*SKY, *TEXTS, *NUMBERS, *OBJECTS)
"""One for every signature; those of one name are one function."""

BY_NAME = {f.name: f for f in UDFS}


def call_udf(call: Call) -> Result:
    """Call a user defined function.

    Raises
    ------
    UsageError
        When an argument is missing, left over, of another kind or out of range.
    """
    function = BY_NAME[call.name]
    if len(call.arguments) not in function.counts:
        signatures = " or ".join(f.signature for f in UDFS if f.name == call.name)
        raise UsageError(
            f"{call.name} takes other arguments than these {len(call.arguments)}: {signatures}",
            *call.place,
        )
    return function.make(call)
