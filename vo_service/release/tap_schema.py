"""TAP_SCHEMA (TAP 1.1, section 4): its own description, its rows, and reading them back.

Rows are computed from `Table` and `Field`, never typed. Some columns are ours: `n_rows` of a table;
`role`, `template` and what is known of the values of a column.
"""

from typing import Any

import duckdb
import pyarrow as pa

from vo_service.release.field import NAME_PATTERN, Field
from vo_service.release.reserved import RESERVED_WORDS
from vo_service.release.statistics import Statistics
from vo_service.release.table import ForeignKey, Table
from vo_service.release.types import arrow_schema

SCHEMA_DESCRIPTIONS = {
    "tap_schema": "Description of the tables of this service (TAP 1.1, section 4)",
    "oddsky": "Maps, similar objects, anomaly scores and line measurements of a survey's spectra",
    "ivoa": "Tables in data models of the IVOA",
}


def _text(name: str, description: str, ucd: str = "meta.note", std: bool = True) -> Field:
    return Field(name, "char", description, ucd=ucd, arraysize="*", std=std, principal=std)


def _flag(name: str, description: str, ucd: str = "meta.code", std: bool = True) -> Field:
    return Field(name, "int", description, ucd=ucd, std=std, principal=std)


_SCHEMAS = (
    _text("schema_name", "Name of the schema", "meta.id"),
    _text("utype", "Data model element that the schema holds", "meta.id"),
    _text("description", "What the schema holds"),
    _flag("schema_index", "Recommended order of display", "meta.number"),
)
_TABLES = (
    _text("schema_name", "Schema that the table belongs to", "meta.id"),
    _text("table_name", "Full name of the table, as in a query", "meta.id"),
    _text("table_type", "table or view"),
    _text("utype", "Data model element that the table holds", "meta.id"),
    _text("description", "What the table holds"),
    _flag("table_index", "Recommended order of display", "meta.number"),
    Field("n_rows", "long", "Number of rows", ucd="meta.number"),
)
_COLUMNS = (
    _text("table_name", "Table that the column belongs to", "meta.id"),
    _text("column_name", "Name of the column, as in a query", "meta.id"),
    _text("datatype", "VOTable data type"),
    _text("arraysize", "VOTable array size; null for scalars"),
    _text("xtype", "Extended type (DALI 1.1, section 3.3)"),
    _flag("size", "The number in arraysize; deprecated", "meta.number"),
    _text("description", "What the column holds"),
    _text("utype", "Data model element that the column holds", "meta.id"),
    _text("unit", "Unit (VOUnits)", "meta.unit"),
    _text("ucd", "Unified Content Descriptor", "meta.ucd"),
    _flag("indexed", "1 where a condition on the column is fast"),
    _flag("principal", "1 where the column is of the core of its table"),
    _flag("std", "1 where a standard defines the column"),
    _flag("column_index", "Recommended order of display", "meta.number"),
    _text("role", "What the services take the column for", "meta.code", std=False),
    _text("template", "Pattern from which a link is made", std=False),
    Field("min_value", "double", "Least value of a number, in its unit", ucd="stat.min"),
    Field("max_value", "double", "Greatest value of a number, in its unit", ucd="stat.max"),
    Field("null_fraction", "double", "Share of rows without a value", ucd="stat.value;arith.ratio"),
    Field(
        "n_distinct",
        "long",
        "Number of different values, to a few per cent; null where not known",
        ucd="meta.number",
    ),
)
_KEYS = (
    _text("key_id", "Identifier of the foreign key", "meta.id"),
    _text("from_table", "Table that the key starts from", "meta.id"),
    _text("target_table", "Table that the key leads to", "meta.id"),
    _text("description", "What the key means"),
    _text("utype", "Data model element of the key", "meta.id"),
)
_KEY_COLUMNS = (
    _text("key_id", "Identifier of the foreign key", "meta.id"),
    _text("from_column", "Column of the table that the key starts from", "meta.id"),
    _text("target_column", "Column of the table that the key leads to", "meta.id"),
)


def _key(target: str, here: str, there: str, description: str) -> ForeignKey:
    return ForeignKey(f"tap_schema.{target}", ((here, there),), description)


TABLES = (
    Table("tap_schema", "schemas", "Schemas of this service", _SCHEMAS),
    Table(
        "tap_schema",
        "tables",
        "Tables of this service",
        _TABLES,
        (_key("schemas", "schema_name", "schema_name", "The schema of the table"),),
    ),
    Table(
        "tap_schema",
        "columns",
        "Columns of the tables of this service, and what is known of their values",
        _COLUMNS,
        (_key("tables", "table_name", "table_name", "The table of the column"),),
    ),
    Table(
        "tap_schema",
        "keys",
        "Foreign keys between the tables of this service",
        _KEYS,
        (
            _key("tables", "from_table", "table_name", "The table that the key starts from"),
            _key("tables", "target_table", "table_name", "The table that the key leads to"),
        ),
    ),
    Table(
        "tap_schema",
        "key_columns",
        "Columns that make up the foreign keys",
        _KEY_COLUMNS,
        (_key("keys", "key_id", "key_id", "The key of the columns"),),
    ),
)
"""TAP_SCHEMA describes itself."""


def quote_name(name: str) -> str:
    """Write a column name as it must stand in a query."""
    plain = NAME_PATTERN.match(name) and name.upper() not in RESERVED_WORDS
    return name if plain else '"' + name.replace('"', '""') + '"'


def unquote_name(name: str) -> str:
    """Undo `quote_name`."""
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def make_rows(tables: tuple[Table, ...]) -> dict[str, pa.Table]:
    """Compute the rows of the five tables of TAP_SCHEMA that describe these tables."""
    rows: dict[str, list[dict]] = {t.name: [] for t in TABLES}
    for i, schema in enumerate(dict.fromkeys(t.schema for t in tables)):
        rows["schemas"].append(
            {
                "schema_name": schema,
                "description": SCHEMA_DESCRIPTIONS.get(schema),
                "schema_index": i,
            }
        )
    for i, table in enumerate(tables):
        rows["tables"].append(_table_row(table, i))
        rows["columns"] += [_column_row(table, f, j) for j, f in enumerate(table.fields)]
        for k, key in enumerate(table.keys):
            key_id = f"{table.full_name}:{k + 1}"
            rows["keys"].append(_key_row(table, key, key_id))
            rows["key_columns"] += [
                {"key_id": key_id, "from_column": a, "target_column": b} for a, b in key.columns
            ]
    for row in rows["tables"]:
        if row["schema_name"] == "tap_schema":
            row["n_rows"] = len(rows[row["table_name"].split(".")[1]])
    return {
        t.name: pa.Table.from_pylist(rows[t.name], schema=arrow_schema(t.fields)) for t in TABLES
    }


def read_tables(connection: duckdb.DuckDBPyConnection, database: str) -> tuple[Table, ...]:
    """Read table descriptions back from the TAP_SCHEMA of an attached database."""
    rows = {
        t.name: connection.sql(f'FROM "{database}".tap_schema.{t.name}').to_arrow_table()
        for t in TABLES
    }
    columns: dict[str, list[Field]] = {}
    measured: dict[str, list[Statistics]] = {}
    for row in rows["columns"].to_pylist():
        columns.setdefault(row["table_name"], []).append(_field(row))
        # A part that was written before there were statistics has no such columns.
        if "null_fraction" in row and not row["template"]:
            measured.setdefault(row["table_name"], []).append(_statistics(row))
    keys = _read_keys(rows["keys"].to_pylist(), rows["key_columns"].to_pylist())
    return tuple(
        Table(
            row["schema_name"],
            row["table_name"].split(".", 1)[1],
            row["description"] or "",
            tuple(columns[row["table_name"]]),
            tuple(keys.get(row["table_name"], ())),
            rows=row["n_rows"] or 0,
            utype=row["utype"] or "",
            statistics=tuple(measured.get(row["table_name"], ())),
        )
        for row in rows["tables"].to_pylist()
    )


def _table_row(table: Table, index: int) -> dict:
    return {
        "schema_name": table.schema,
        "table_name": table.full_name,
        "table_type": "table",
        "utype": table.utype or None,
        "description": table.description,
        "table_index": index,
        "n_rows": table.rows,
    }


def _column_row(table: Table, f: Field, index: int) -> dict:
    measured = table.measured.get(f.name, Statistics())
    return {
        "table_name": table.full_name,
        "column_name": quote_name(f.name),
        "datatype": f.datatype,
        "arraysize": f.arraysize,
        "xtype": f.xtype or None,
        "size": f.size,
        "description": f.description,
        "utype": f.utype or None,
        "unit": f.unit or None,
        "ucd": f.ucd or None,
        "indexed": int(f.indexed),
        "principal": int(f.principal),
        "std": int(f.std),
        "column_index": index,
        "role": f.role or None,
        "template": f.template or None,
        "min_value": measured.min_value,
        "max_value": measured.max_value,
        "null_fraction": measured.null_fraction,
        "n_distinct": measured.n_distinct,
    }


def _key_row(table: Table, key: ForeignKey, key_id: str) -> dict:
    return {
        "key_id": key_id,
        "from_table": table.full_name,
        "target_table": key.target,
        "description": key.description or None,
    }


def _field(row: dict[str, Any]) -> Field:
    texts = ("description", "unit", "ucd", "utype", "xtype", "role", "template")
    flags = ("indexed", "principal", "std")
    described: dict[str, Any] = {k: row[k] or "" for k in texts} | {k: bool(row[k]) for k in flags}
    name = unquote_name(row["column_name"])
    return Field(name, row["datatype"], arraysize=row["arraysize"], **described)


def _statistics(row: dict[str, Any]) -> Statistics:
    names = ("min_value", "max_value", "null_fraction", "n_distinct")
    return Statistics(**{name: row[name] for name in names})


def _read_keys(keys: list[dict], key_columns: list[dict]) -> dict[str, list[ForeignKey]]:
    columns: dict[str, list[tuple[str, str]]] = {}
    for row in key_columns:
        columns.setdefault(row["key_id"], []).append((row["from_column"], row["target_column"]))
    found: dict[str, list[ForeignKey]] = {}
    for row in keys:
        key = ForeignKey(
            row["target_table"], tuple(columns[row["key_id"]]), row["description"] or ""
        )
        found.setdefault(row["from_table"], []).append(key)
    return found
