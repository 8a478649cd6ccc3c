"""A file's table and what its user says of it, to a description that is fit to be published."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from vo_service.errors import UsageError
from vo_service.release.field import Field
from vo_service.tables.metadata import Metadata
from vo_service.tables.positions import are_degrees, cannot_be_hours, find_positions
from vo_service.tables.table_file import TableFile
from vo_service.tables.vocabulary import plain_names, to_ucd, to_vounit

PRINCIPAL_COLUMNS = 25
_TYPES_WITHOUT_UNIT = ("char", "unicodeChar", "boolean")
_DALI_TYPES = ("timestamp", "point", "circle", "polygon", "interval", "hms", "dms", "moc", "uri")
_DRAFT_UCDS = {"char": "meta.note", "unicodeChar": "meta.note", "boolean": "meta.code"}


@dataclass(slots=True)
class Column:
    """A column while it is described; a value of None is missing.

    Attributes
    ----------
    original : Field
        As in the file.
    name : str
        As published.
    description, unit, ucd : str, optional
    role : str
    principal : bool, optional
    """

    original: Field
    name: str
    description: str | None
    unit: str | None
    ucd: str | None
    role: str
    principal: bool | None

    @property
    def missing(self) -> tuple[str, ...]:
        """What is missing, with what the file says if that cannot be published."""
        unit, ucd = self.original.unit, self.original.ucd
        said = {
            "description": self.description,
            f"unit ('{unit}' is no VOUnit)" if unit else "unit": self.unit,
            f"UCD ('{ucd}' is not in the IVOA list)" if ucd else "UCD": self.ucd,
        }
        return tuple(name for name, value in said.items() if value is None)

    def field(self, principal: bool) -> Field:
        """Return the column as it is published."""
        of_text = self.original.datatype in ("char", "unicodeChar")
        xtype = self.original.xtype
        return replace(
            self.original,
            name=self.name,
            description=self.description or "",
            unit=self.unit or "",
            ucd=self.ucd or "",
            role=self.role,
            xtype=xtype if xtype in _DALI_TYPES else "",
            arraysize=_text_size(self.original) if of_text else self.original.arraysize,
            principal=principal if self.principal is None else self.principal,
            indexed=self.role in ("ra", "dec"),
        )


@dataclass(slots=True)
class Description:
    """A table while it is described.

    Attributes
    ----------
    text : str
        Of the table.
    columns : list of Column
    notes : list of str
        What was changed or found, a sentence each.
    """

    text: str
    columns: list[Column]
    notes: list[str]

    def fields(self) -> tuple[Field, ...]:
        """Return the columns as they are published."""
        return tuple(
            c.field(principal=i < PRINCIPAL_COLUMNS or bool(c.role))
            for i, c in enumerate(self.columns)
        )

    def known(self) -> dict[str, dict[str, str | None]]:
        """Return what is known of each column, by its name in the file."""
        return {
            c.original.name: {
                "name": c.name,
                "description": c.description,
                "unit": c.unit,
                "ucd": c.ucd,
                **({"role": c.role} if c.role else {}),
            }
            for c in self.columns
        }


def describe(file: TableFile, metadata: Metadata) -> Description:
    """Put together what the file and its user say.

    Raises
    ------
    UsageError
        When the user describes a column that is not there, or gives a role that cannot be.
    """
    names = [f.name for f in file.fields]
    for name in metadata.columns:
        if name not in names:
            near = get_close_matches(name, names, n=1, cutoff=0.5)
            hint = f"; did you mean '{near[0]}'?" if near else "."
            raise UsageError(f"The metadata describe column '{name}', which the file lacks{hint}")
    said = [metadata.columns.get(name, {}) for name in names]
    plain = plain_names([str(s.get("name", n)) for s, n in zip(said, names, strict=True)])
    columns = [_merge(f, s, p) for f, s, p in zip(file.fields, said, plain, strict=True)]
    described = Description(metadata.description or file.description, columns, [])
    renamed = [f"{c.original.name} as {c.name}" for c in columns if c.name != c.original.name]
    if renamed:
        described.notes.append(f"Columns with another name than in the file: {', '.join(renamed)}.")
    _find_roles(described, said, file.rows)
    return described


def complete(described: Description, label: str) -> None:
    """Fill what is missing with words that say no more than is known."""
    described.text = described.text or f"Table of the file {label}, not described yet"
    for column in described.columns:
        datatype = column.original.datatype
        number = "stat.value" if datatype in ("float", "double") else "meta.number"
        if column.description is None:
            column.description = f"Column {column.original.name} of {label}, not described yet"
        if column.ucd is None:
            column.ucd = _DRAFT_UCDS.get(datatype, number)
        if column.unit is None:
            column.unit, written = "", column.original.unit
            # A unit that VOUnits cannot write must not be lost.
            column.description += f" [unit in the file: {written}]" if written else ""


def require_complete(described: Description, label: str) -> None:
    """Ask for what is missing, all of it at once.

    Raises
    ------
    UsageError
        Naming the columns by what they lack.
    """
    lacking: dict[tuple[str, ...], list[str]] = {}
    for column in described.columns:
        if column.missing:
            lacking.setdefault(column.missing, []).append(column.original.name)
    asked = [] if described.text else ["a description of the table"]
    asked += [f"{_and(what)} of {', '.join(names)}" for what, names in lacking.items()]
    if asked:
        raise UsageError(
            f"{label} does not say all that is published of a table; missing: {'; '.join(asked)}. "
            "Write a file to fill in with --write-meta FILE and give it with --meta FILE, or "
            "publish a draft with --draft."
        )


def _merge(field: Field, said: Mapping[str, Any], name: str) -> Column:
    ucd = to_ucd(field.ucd) or None
    # Who describes a column and gives no unit means that it has none.
    without = field.datatype in _TYPES_WITHOUT_UNIT or bool(ucd or field.description)
    unit = to_vounit(field.unit) if field.unit else ("" if without else None)
    role = said.get("role", "")
    return Column(
        original=field,
        name=name,
        description=said.get("description", "").strip() or field.description or None,
        unit=said.get("unit", unit),
        ucd=said.get("ucd", "").strip() or ucd,
        role="" if role == "none" else role,
        principal=said.get("principal"),
    )


def _find_roles(described: Description, said: list[Mapping[str, Any]], rows: pa.Table) -> None:
    columns = described.columns
    for role in ("id", "ra", "dec"):
        sharing = [c.original.name for c in columns if c.role == role]
        if len(sharing) > 1:
            raise UsageError(f"Columns {_and(sharing)} have the role {role}; give it to one.")
    free = [i for i, s in enumerate(said) if "role" not in s]
    _find_id(described, free, rows)
    given = [c for c in columns if c.role in ("ra", "dec")]
    if len(given) == 1:
        raise UsageError(
            f"Column '{given[0].original.name}' has the role {given[0].role}; "
            "give its partner a role too."
        )
    if not given:
        _find_sky(described, free, rows)
    elif not are_degrees(*_position(described, rows)):
        raise UsageError("The columns with the roles ra and dec hold no positions in degrees.")


def _find_id(described: Description, free: list[int], rows: pa.Table) -> None:
    columns = described.columns
    given = [i for i, c in enumerate(columns) if c.role == "id"]
    found = given or [i for i in free if columns[i].ucd == "meta.id;meta.main"]
    if len(found) != 1:
        return
    column, name = rows.column(found[0]), columns[found[0]].original.name
    repeated = len(column) - pc.count_distinct(column).as_py()
    if not repeated and not column.null_count:
        columns[found[0]].role = "id"
    elif given:
        raise UsageError(
            f"Column '{name}' has the role id, but {repeated + column.null_count} of its "
            f"{len(column)} values are missing or stand more than once."
        )
    else:
        described.notes.append(f"Column '{name}' is no identifier: values are missing or repeated.")


def _find_sky(described: Description, free: list[int], rows: pa.Table) -> None:
    columns = described.columns
    seen = [replace(columns[i].original, ucd=columns[i].ucd or "") for i in free]
    units = [columns[i].unit or "" for i in free]
    found = find_positions([replace(f, unit=u) for f, u in zip(seen, units, strict=True)])
    if found is None:
        described.notes.append("No columns with positions were found; cone search is not offered.")
        return
    ra, dec = (columns[free[i]] for i in found)
    ra.role, dec.role = "ra", "dec"
    values = _position(described, rows)
    if not are_degrees(*values):
        ra.role = dec.role = ""
        described.notes.append(
            f"Columns '{ra.original.name}' and '{dec.original.name}' hold no degrees; "
            "cone search is not offered."
        )
        return
    for column, ucd in ((ra, "pos.eq.ra;meta.main"), (dec, "pos.eq.dec;meta.main")):
        column.ucd = column.ucd or ucd
        column.unit = column.unit or ("deg" if cannot_be_hours(values[0]) else None)
    described.notes.append(f"Positions are {ra.name} and {dec.name}, taken for ICRS in degrees.")


def _position(described: Description, rows: pa.Table) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    roles = [c.role for c in described.columns]
    return rows.column(roles.index("ra")), rows.column(roles.index("dec"))


def _text_size(field: Field) -> str:
    if field.xtype == "timestamp" or field.size in (None, 1):
        return "*"
    return f"{field.size}*"


def _and(words: tuple[str, ...] | list[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
