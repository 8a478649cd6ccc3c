"""The description of a published table and of a schema."""

from dataclasses import dataclass, field, replace

from vo_service.errors import UsageError
from vo_service.release.field import NAME_PATTERN, Field, check_published
from vo_service.release.reserved import RESERVED_WORDS
from vo_service.release.statistics import Statistics


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A join that makes sense: columns here to columns of another table."""

    target: str
    columns: tuple[tuple[str, str], ...]
    description: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A published table.

    Attributes
    ----------
    schema, name : str
        Together `schema.name`, both plain lower-case identifiers.
    description : str
    fields : tuple of Field
        In the order in which they are published.
    keys : tuple of ForeignKey
    sort_by : tuple of str
        Columns that fix the order of rows on disk and of the digest; a table with positions is
        sorted by its HEALPix index first.
    rows : int
        How many it holds; 0 until written.
    utype : str
    physical : tuple of str
        Names of the stored columns in the engine, where they differ from the published ones: an
        upload may hold both `a` and `A`, which no engine keeps apart.
    statistics : tuple of Statistics
        Of the stored columns, in their order; empty until written, and where a part is older.
    """

    schema: str
    name: str
    description: str
    fields: tuple[Field, ...]
    keys: tuple[ForeignKey, ...] = field(default=())
    sort_by: tuple[str, ...] = ()
    rows: int = 0
    utype: str = ""
    physical: tuple[str, ...] = ()
    statistics: tuple[Statistics, ...] = field(default=(), compare=False)

    @property
    def full_name(self) -> str:
        """`schema.name`."""
        return f"{self.schema}.{self.name}"

    @property
    def stored(self) -> tuple[Field, ...]:
        """The fields that are kept on disk, in order; the others are templates."""
        return tuple(f for f in self.fields if not f.template)

    @property
    def physical_names(self) -> dict[str, str]:
        """Name in the engine of each stored column, by its published name."""
        names = [f.name for f in self.stored]
        return dict(zip(names, self.physical or names, strict=True))

    @property
    def measured(self) -> dict[str, Statistics]:
        """Statistics of each stored column, by its published name; empty where unknown."""
        return dict(zip((f.name for f in self.stored), self.statistics, strict=False))

    def by_role(self, role: str) -> Field | None:
        """Return the first column with this role, or None."""
        return next((f for f in self.fields if f.role == role), None)

    @property
    def has_sky(self) -> bool:
        """Whether rows have positions, and so the hidden columns of `release/sky.py`."""
        return self.by_role("ra") is not None and self.by_role("dec") is not None

    def with_rows(self, rows: int, statistics: tuple[Statistics, ...] = ()) -> "Table":
        """Return the same description with what is known of the rows."""
        return replace(self, rows=rows, statistics=statistics)


def check_table(table: Table) -> None:
    """Refuse a table that is not fit to be published.

    Raises
    ------
    UsageError
        When a name is no plain identifier or reserved, stands twice, or a column is not fully
        described.
    """
    for name in (table.schema, table.name):
        if not NAME_PATTERN.match(name) or name.upper() in RESERVED_WORDS:
            raise UsageError(f"'{name}' cannot name a schema or table in ADQL; rename it.")
    seen: set[str] = set()
    for f in table.fields:
        check_published(f)
        if f.name in seen:
            raise UsageError(f"Table {table.full_name} has two columns '{f.name}'; rename one.")
        seen.add(f.name)
