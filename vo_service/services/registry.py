"""What registries of the Virtual Observatory are told (VOResource 1.1, VORegistry 1.0)."""

from dataclasses import dataclass

from vo_service.errors import NotFoundError
from vo_service.services.identity import SPECTRA, resource_id
from vo_service.settings import Settings

UNSTATED = "Not stated"
SHORT_NAME_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Record:
    """A resource of the authority.

    Attributes
    ----------
    name : str
        In the URL of its record.
    identifier : str
    title, description : str
    subjects : tuple of str
        Concepts of the Unified Astronomy Thesaurus.
    """

    name: str
    identifier: str
    title: str
    description: str
    subjects: tuple[str, ...] = ("virtual-observatories",)


@dataclass(frozen=True, slots=True)
class Curation:
    """Who stands behind the resources; what the settings leave open is told as not stated."""

    publisher: str
    publisher_id: str
    creator: str
    contact_name: str
    contact_email: str
    authority: str
    short_name: str


def list_records(settings: Settings) -> tuple[Record, ...]:
    """Return all resources, the service first."""
    publisher = settings.publisher or UNSTATED
    return (
        Record(
            "record",
            resource_id(settings, SPECTRA),
            settings.title,
            "Spectra of a survey with redshifts, maps by wavelength region, similar objects, ranks "
            "by many detectors of anomalies, and measurements of lines.",
            ("spectroscopy", "sky-surveys", "galaxies"),
        ),
        Record(
            "organisation",
            resource_id(settings, "organisation"),
            publisher,
            f"{publisher}, which publishes {settings.title}.",
        ),
        Record(
            "authority",
            resource_id(settings),
            f"Authority {settings.authority}",
            f"The namespace of the identifiers that {publisher} gives.",
        ),
        Record(
            "registry",
            resource_id(settings, "registry"),
            f"Publishing registry of {settings.authority}",
            f"The records of all that {publisher} publishes here.",
        ),
    )


def find_record(settings: Settings, name: str) -> Record:
    """Return a resource by the name in its URL.

    Raises
    ------
    NotFoundError
        When there is none.
    """
    records = {record.name: record for record in list_records(settings)}
    if name not in records:
        raise NotFoundError(f"There is no record '{name[:40]}'; there are {', '.join(records)}.")
    return records[name]


def describe_curation(settings: Settings) -> Curation:
    """Return who stands behind the resources."""
    return Curation(
        settings.publisher or UNSTATED,
        resource_id(settings, "organisation"),
        settings.creator or UNSTATED,
        settings.contact_name or UNSTATED,
        settings.contact_email,
        settings.authority,
        settings.title[:SHORT_NAME_LENGTH],
    )
