"""OAI-PMH 2.0: how registries take records over. All fit into one answer, so none is resumed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from vo_service.errors import UsageError
from vo_service.services.registry import Record

MANAGED = "ivo_managed"
"""The set that registries of the Virtual Observatory harvest: all that is of this authority."""

FORMATS = {
    "ivo_vor": (
        "http://www.ivoa.net/xml/RegistryInterface/v1.0",
        "http://www.ivoa.net/xml/RegistryInterface/v1.0",
    ),
    "oai_dc": (
        "http://www.openarchives.org/OAI/2.0/oai_dc.xsd",
        "http://www.openarchives.org/OAI/2.0/oai_dc/",
    ),
}
"""Schema and namespace of each format, by its prefix."""

_SELECTION = ("metadataPrefix", "from", "until", "set", "resumptionToken")
ARGUMENTS: dict[str, tuple[str, ...]] = {
    "Identify": (),
    "ListMetadataFormats": ("identifier",),
    "ListSets": ("resumptionToken",),
    "GetRecord": ("identifier", "metadataPrefix"),
    "ListIdentifiers": _SELECTION,
    "ListRecords": _SELECTION,
}
"""What each verb takes."""

REQUIRED = {
    "GetRecord": ("identifier", "metadataPrefix"),
    "ListIdentifiers": ("metadataPrefix",),
    "ListRecords": ("metadataPrefix",),
}

_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_CLOCK = re.compile(r"T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ")
DAY_LENGTH = len("2003-05-01")


class HarvestError(UsageError):
    """A fault that OAI-PMH has a code for.

    Parameters
    ----------
    code : str
        Of section 3.6.
    message : str
    """

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Harvest:
    """What is answered.

    Attributes
    ----------
    verb : str
    arguments : mapping of str to str
        As they came, the verb too.
    records : tuple of Record
    prefix : str
        Of the format; empty where there is no metadata.
    """

    verb: str
    arguments: Mapping[str, str]
    records: tuple[Record, ...] = ()
    prefix: str = ""


def harvest(given: Mapping[str, list[str]], records: tuple[Record, ...], datestamp: str) -> Harvest:
    """Answer a harvester.

    Parameters
    ----------
    given : mapping
        All values of each argument, by its name.
    records : tuple of Record
    datestamp : str
        When they were changed last, ISO 8601 with Z.

    Raises
    ------
    HarvestError
        When the request is wrong, or nothing fits it.
    """
    verb = _find_verb(given)
    arguments = _check_arguments(verb, given)
    prefix = arguments.get("metadataPrefix", "")
    if prefix and prefix not in FORMATS:
        raise HarvestError(
            "cannotDisseminateFormat", f"There is no format '{prefix}'; use {' or '.join(FORMATS)}."
        )
    if "identifier" in arguments:
        records = _with_identifier(records, arguments["identifier"])
    if verb in ("ListIdentifiers", "ListRecords"):
        _check_selection(arguments, datestamp)
    return Harvest(verb, arguments, records, prefix)


def _find_verb(given: Mapping[str, list[str]]) -> str:
    verbs = given.get("verb", [])
    if len(verbs) != 1 or verbs[0] not in ARGUMENTS:
        raise HarvestError("badVerb", f"Give one verb of {', '.join(ARGUMENTS)}.")
    return verbs[0]


def _check_arguments(verb: str, given: Mapping[str, list[str]]) -> dict[str, str]:
    arguments = {name: values[0] for name, values in given.items()}
    for name, values in given.items():
        if name != "verb" and name not in ARGUMENTS[verb]:
            raise HarvestError("badArgument", f"{verb} takes no argument '{name[:40]}'.")
        if len(values) > 1:
            raise HarvestError("badArgument", f"{name} is given {len(values)} times.")
    if "resumptionToken" in arguments:
        if len(arguments) > 2:
            raise HarvestError("badArgument", "resumptionToken excludes all other arguments.")
        raise HarvestError("badResumptionToken", "All answers here are whole; begin again.")
    for name in REQUIRED.get(verb, ()):
        if name not in arguments:
            raise HarvestError("badArgument", f"{verb} needs {name}.")
    return arguments


def _with_identifier(records: tuple[Record, ...], identifier: str) -> tuple[Record, ...]:
    # Identifiers of the Virtual Observatory are the same in any case.
    found = tuple(r for r in records if r.identifier.lower() == identifier.lower())
    if not found:
        raise HarvestError("idDoesNotExist", f"There is no record of '{identifier[:80]}'.")
    return found


def _check_selection(arguments: Mapping[str, str], datestamp: str) -> None:
    """Refuse a selection that is wrong or empty: all records have one date and are of one set."""
    dates = {name: arguments[name] for name in ("from", "until") if name in arguments}
    for name, text in dates.items():
        day, clock = text[:DAY_LENGTH], text[DAY_LENGTH:]
        if not _DATE.fullmatch(day) or (clock and not _CLOCK.fullmatch(clock)):
            raise HarvestError(
                "badArgument",
                f"{name} is '{text[:40]}'; write YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ.",
            )
    if len({len(text) for text in dates.values()}) > 1:
        raise HarvestError("badArgument", "from and until differ in granularity.")
    first, last = dates.get("from", ""), dates.get("until", datestamp)
    if "until" in dates and first > last:
        raise HarvestError("badArgument", "from is later than until.")
    is_within = first <= datestamp[: len(first)] and datestamp[: len(last)] <= last
    if not is_within or arguments.get("set", MANAGED) != MANAGED:
        raise HarvestError("noRecordsMatch", "No record is of that time and set.")
