"""Units of computed values: what products and conversions give."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from astropy import units

from vo_service.adql.nodes import Place
from vo_service.errors import UsageError


def combine_units(operator: str, first: str, second: str) -> str:
    """Return the unit of a product or quotient, empty where it is not simple."""
    if not second:
        return first
    a, b = _unit(first), _unit(second)
    if a is None or b is None:
        return ""
    with _quiet():
        try:
            return (a * b if operator == "*" else a / b).to_string("vounit")
        except ValueError:
            return ""


def conversion_factor(unit: str, wanted: str, place: Place) -> float:
    """Return by what a number in one unit is multiplied to be in another.

    Raises
    ------
    UsageError
        When the wanted unit is none, or of another kind.
    """
    target, source = _unit(wanted), _unit(unit)
    if target is None or not wanted:
        raise UsageError(f"IN_UNIT: '{wanted}' is no VOUnit", *place)
    try:
        return float((source or units.dimensionless_unscaled).to(target))
    except units.UnitConversionError as error:
        raise UsageError(f"IN_UNIT: '{unit}' cannot be converted to '{wanted}'", *place) from error


@lru_cache(512)
def _unit(text: str) -> units.UnitBase | None:
    """Read a unit; None where it is no VOUnit."""
    with _quiet():
        try:
            return units.Unit(text, format="vounit")
        except ValueError:
            return None


@contextmanager
def _quiet() -> Iterator[None]:
    """Say nothing of Angstrom and erg: deprecated in VOUnits, still valid, and used here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", units.UnitsWarning)
        yield
