"""What a user defined function is, and checks of its arguments."""

from collections.abc import Callable
from dataclasses import dataclass

from vo_service.adql.catalogue import Catalogue
from vo_service.adql.geometry.build import Locate
from vo_service.adql.nodes import Place
from vo_service.adql.values import Result, Value, kind_of, require_text
from vo_service.errors import UsageError


@dataclass(frozen=True, slots=True)
class Call:
    """One call.

    Attributes
    ----------
    name : str
        Lower case.
    arguments : tuple of Result
    place : (int, int)
    locate : callable
        Makes points of coordinates.
    catalogue : Catalogue
        For functions that look into tables.
    """

    name: str
    arguments: tuple[Result, ...]
    place: Place
    locate: Locate
    catalogue: Catalogue


@dataclass(frozen=True, slots=True)
class Udf:
    """A user defined function.

    Attributes
    ----------
    signature : str
        As TAPRegExt declares it, `name(argument TYPE, ...) -> TYPE`.
    description : str
    counts : tuple of int
        Numbers of arguments it takes.
    make : callable
        From a call to its result.
    """

    signature: str
    description: str
    counts: tuple[int, ...]
    make: Callable[[Call], Result]

    @property
    def name(self) -> str:
        """Its name in lower case."""
        return self.signature.split("(")[0].lower()


def constant_integer(call: Call, argument: Result, low: int, high: int) -> int:
    """Return an argument that must be a known whole number.

    Raises
    ------
    UsageError
        When it is none, or out of range.
    """
    known = argument.constant if isinstance(argument, Value) else None
    if not isinstance(known, int):
        raise UsageError(
            f"{call.name} needs a whole number as it stands, not {kind_of(argument)} to be computed"
            if isinstance(argument, Value) and argument.is_integer
            else f"{call.name} needs a whole number, not {described(argument)}",
            *call.place,
        )
    if not low <= known <= high:
        raise UsageError(f"{call.name}: {known} is not within {low} to {high}", *call.place)
    return known


def constant_text(call: Call, argument: Result) -> str:
    """Return an argument that must be a text in quotes.

    Raises
    ------
    UsageError
        When it is something else.
    """
    value = require_text(argument, call.name, call.place)
    if not isinstance(value.constant, str):
        raise UsageError(f"{call.name} needs a text in quotes, not an expression", *call.place)
    return value.constant


def described(argument: Result) -> str:
    """Say what an argument is, a known number by its value."""
    known = argument.constant if isinstance(argument, Value) else None
    return str(known) if isinstance(known, float) else kind_of(argument)
