"""The tree of a query, as written: names are not looked up yet. Places do not count in equality."""

from dataclasses import dataclass, field
from typing import TypeAlias

Place: TypeAlias = tuple[int, int]
"""Line and column, both from 1."""


@dataclass(frozen=True, slots=True)
class Name:
    """An identifier; a delimited one is exact, a regular one is in lower case."""

    text: str
    delimited: bool = False
    place: Place = field(default=(1, 1), compare=False)


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, a text or NULL."""

    value: int | float | str | None
    place: Place = field(default=(1, 1), compare=False)


@dataclass(frozen=True, slots=True)
class Column:
    """A column, its qualifiers before it."""

    path: tuple[Name, ...]

    @property
    def place(self) -> Place:
        """Where it begins."""
        return self.path[0].place


@dataclass(frozen=True, slots=True)
class Call:
    """A function, upper case; COUNT(*) has the argument Star."""

    name: str
    arguments: tuple["Expression", ...]
    distinct: bool = False
    place: Place = field(default=(1, 1), compare=False)


@dataclass(frozen=True, slots=True)
class Window:
    """A function OVER a window; `order` says of each expression whether it descends."""

    call: Call
    partition: tuple["Expression", ...] = ()
    order: tuple[tuple["Expression", bool], ...] = ()

    @property
    def place(self) -> Place:
        """Where it begins."""
        return self.call.place


@dataclass(frozen=True, slots=True)
class Star:
    """All columns, of everything or of one table."""

    path: tuple[Name, ...] = ()
    place: Place = field(default=(1, 1), compare=False)


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """+ - * / % & | ^ or ||; a missing left operand makes it a sign or ~."""

    operator: str
    left: "Expression | None"
    right: "Expression"
    place: Place = field(default=(1, 1), compare=False)


@dataclass(frozen=True, slots=True)
class Comparison:
    """= <> < <= > >=."""

    operator: str
    left: "Expression"
    right: "Expression"
    place: Place = field(default=(1, 1), compare=False)


@dataclass(frozen=True, slots=True)
class Logic:
    """AND or OR of several conditions, or NOT of one."""

    operator: str
    operands: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Between:
    """BETWEEN, both ends included."""

    value: "Expression"
    low: "Expression"
    high: "Expression"
    negated: bool


@dataclass(frozen=True, slots=True)
class InList:
    """IN a list of values."""

    value: "Expression"
    options: tuple["Expression", ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class InQuery:
    """IN the one column of a query."""

    value: "Expression"
    query: "Query"
    negated: bool


@dataclass(frozen=True, slots=True)
class Like:
    """LIKE, or ILIKE which ignores case."""

    value: "Expression"
    pattern: "Expression"
    negated: bool
    ignore_case: bool


@dataclass(frozen=True, slots=True)
class IsNull:
    """IS [NOT] NULL."""

    value: "Expression"
    negated: bool


@dataclass(frozen=True, slots=True)
class Exists:
    """EXISTS (query)."""

    query: "Query"
    place: Place = field(default=(1, 1), compare=False)


@dataclass(frozen=True, slots=True)
class ScalarQuery:
    """A query in the place of a value."""

    query: "Query"


@dataclass(frozen=True, slots=True)
class Cast:
    """CAST to a type of ADQL, with a length for texts."""

    value: "Expression"
    type_name: str
    length: int | None
    place: Place = field(default=(1, 1), compare=False)


@dataclass(frozen=True, slots=True)
class Case:
    """CASE; `operand` is None for the searched form."""

    operand: "Expression | None"
    branches: tuple[tuple["Expression", "Expression"], ...]
    otherwise: "Expression | None"
    place: Place = field(default=(1, 1), compare=False)


Expression: TypeAlias = (
    Literal | Column | Call | Window | Star | Arithmetic | Comparison | Logic | Between | InList
    | InQuery | Like | IsNull | Exists | ScalarQuery | Cast | Case
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TableName:
    """A table, or a named query of WITH."""

    path: tuple[Name, ...]
    alias: Name | None = None


@dataclass(frozen=True, slots=True)
class DerivedTable:
    """A query in FROM."""

    query: "Query"
    alias: Name


@dataclass(frozen=True, slots=True)
class Join:
    """A join; kind is INNER, LEFT, RIGHT or FULL."""

    kind: str
    natural: bool
    left: "Reference"
    right: "Reference"
    on: "Expression | None" = None
    using: tuple[Name, ...] = ()
    place: Place = field(default=(1, 1), compare=False)


Reference: TypeAlias = TableName | DerivedTable | Join


@dataclass(frozen=True, slots=True)
class Item:
    """An entry of the SELECT list."""

    expression: "Expression"
    alias: Name | None = None


@dataclass(frozen=True, slots=True)
class Select:
    """One SELECT."""

    items: tuple[Item, ...]
    sources: tuple[Reference, ...] = ()
    where: "Expression | None" = None
    group_by: tuple["Expression", ...] = ()
    having: "Expression | None" = None
    distinct: bool = False
    top: int | None = None
    place: Place = field(default=(1, 1), compare=False)


@dataclass(frozen=True, slots=True)
class SetOperation:
    """UNION, EXCEPT or INTERSECT."""

    operator: str
    keep_all: bool
    left: "Body"
    right: "Body"
    place: Place = field(default=(1, 1), compare=False)


@dataclass(frozen=True, slots=True)
class Query:
    """A body with what comes behind it, and the named queries before it."""

    body: "Body"
    order_by: tuple[tuple["Expression", bool], ...] = ()
    offset: int | None = None
    named: tuple[tuple[Name, "Query"], ...] = ()


Body: TypeAlias = Select | SetOperation | Query
