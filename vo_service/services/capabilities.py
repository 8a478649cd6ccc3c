"""What the service can do, computed from the registries that do the work (TAPRegExt 1.0)."""

from dataclasses import dataclass

from vo_service.adql.functions import declared_features
from vo_service.formats.registry import FORMATS, Format
from vo_service.services.holdings import Holding
from vo_service.settings import Settings

UPLOAD_METHODS = (
    "ivo://ivoa.net/std/TAPRegExt#upload-inline",
    "ivo://ivoa.net/std/TAPRegExt#upload-http",
)
"""How a table may come with a query; empty when none is taken."""

DATA_MODELS = {"ivoa.obscore": ("ObsCore-1.1", "ivo://ivoa.net/std/ObsCore#core-1.1")}
"""Name and identifier of the data model that a table follows, by the table's name."""

SECONDS_PER_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Feature:
    """An optional feature of the language, or a function of our own.

    Attributes
    ----------
    form : str
        As in a query; of a function `name(arg TYPE, ...) -> TYPE`.
    description : str
        Empty where the form says all.
    """

    form: str
    description: str


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The TAP capability.

    Attributes
    ----------
    data_models : tuple of (str, str)
        Name and identifier.
    features : dict of str to list of Feature
        By the identifier of their group.
    formats : tuple of Format
    upload_methods : tuple of str
    retention_seconds, execution_seconds : int
        How long the result of a job is kept, and how long a job may run.
    default_rows, most_rows : int
        Of an answer.
    upload_rows, upload_bytes : int
        Of an upload.
    """

    data_models: tuple[tuple[str, str], ...]
    features: dict[str, list[Feature]]
    formats: tuple[Format, ...]
    upload_methods: tuple[str, ...]
    retention_seconds: int
    execution_seconds: int
    default_rows: int
    most_rows: int
    upload_rows: int
    upload_bytes: int


def list_capabilities(holding: Holding, settings: Settings) -> Capabilities:
    """Say what the service can do with the release that it holds."""
    tables = {t.full_name for t in holding.release.tables}
    return Capabilities(
        data_models=tuple(model for name, model in DATA_MODELS.items() if name in tables),
        features=_list_features(),
        formats=FORMATS,
        upload_methods=UPLOAD_METHODS,
        retention_seconds=round(settings.job_days * SECONDS_PER_DAY),
        execution_seconds=round(settings.job_seconds),
        default_rows=settings.default_rows,
        most_rows=settings.most_rows,
        upload_rows=settings.upload_rows,
        upload_bytes=settings.upload_bytes,
    )


def _list_features() -> dict[str, list[Feature]]:
    features: dict[str, list[Feature]] = {}
    for group, form, description in declared_features():
        features.setdefault(group, []).append(Feature(form, description))
    return features
