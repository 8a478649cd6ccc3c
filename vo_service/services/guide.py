"""What pages need to know of a release as a whole: its regions, lines and top lists."""

from dataclasses import dataclass

from vo_service.errors import NotFoundError, UsageError
from vo_service.release.field import Field
from vo_service.services.holdings import Holding
from vo_service.services.object_queries import query_list
from vo_service.services.survey_tables import SurveyTables
from vo_service.services.wavelengths import Line, Region, find_lines, find_regions

DEFAULT_COUNT, MOST_COUNT = 100, 10_000
MEASURES = ("double", "float", "int", "short")
UNORDERED = ("meta.", "stat.error", "instr.", "pos.eq", "pos.healpix")


@dataclass(frozen=True, slots=True)
class Guide:
    """A release at a glance.

    Attributes
    ----------
    regions : tuple of Region
    lines : tuple of Line
        Both empty where the release does not say.
    ranks : tuple of (str, str)
        Name and role of every rank that makes a top list; the consensus first.
    orders : tuple of str
        Columns by which spectra can be ordered.
    """

    regions: tuple[Region, ...]
    lines: tuple[Line, ...]
    ranks: tuple[tuple[str, str], ...]
    orders: tuple[str, ...]


def read_guide(holding: Holding) -> Guide:
    """Return the guide to the release; it is read once."""
    return holding.once(_read)


def default_list(holding: Holding) -> str:
    """Return the name of the first top list.

    Raises
    ------
    NotFoundError
        When the release ranks nothing.
    """
    ranks = read_guide(holding).ranks
    if not ranks:
        raise NotFoundError("This release ranks nothing, so it has no top list; name an ID.")
    return ranks[0][0]


def write_list_query(holding: Holding, detector: str, count: int | None) -> str:
    """Write the query of a top list.

    Parameters
    ----------
    holding : Holding
    detector : str
        A detector, a region, or consensus.
    count : int, optional

    Raises
    ------
    NotFoundError
        When there is no such list.
    UsageError
        When the count is none that is served.
    """
    ranks = dict(read_guide(holding).ranks)
    if detector not in ranks:
        known = ", ".join(ranks)
        raise NotFoundError(f"There is no list by '{detector[:40]}'; there are {known}.")
    wanted = DEFAULT_COUNT if count is None else count
    if not 1 <= wanted <= MOST_COUNT:
        raise UsageError(f"TOP is {wanted}; it must lie between 1 and {MOST_COUNT}.")
    return query_list(SurveyTables.find(holding.release), ranks[detector], wanted)


def _read(holding: Holding) -> Guide:
    tables = SurveyTables.find(holding.release)
    order = tables.names("oddness:")
    ranked = [region for region in find_regions(holding) if region.name in order]
    ranked.sort(key=lambda region: order.index(region.name))
    orders = [f.name for f in tables.objects.fields if _orders(f)]
    return Guide(tuple(ranked), find_lines(holding), tuple(_ranks(tables)), tuple(orders))


def _orders(field: Field) -> bool:
    """Whether a column says how much: no code, no error, no place on the sky."""
    is_scalar = field.datatype in MEASURES and not field.arraysize
    return is_scalar and not field.ucd.startswith(UNORDERED)


def _ranks(tables: SurveyTables) -> list[tuple[str, str]]:
    main = tables.objects
    consensus = [("consensus", "consensus")] if main.by_role("consensus") else []
    named = [(n, f"{kind}:{n}") for kind in ("rank", "oddness") for n in tables.names(f"{kind}:")]
    return consensus + named
