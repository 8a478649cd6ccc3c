"""SQLAlchemy to the SQL text and parameters of an engine's native connection."""

import re
from functools import lru_cache
from typing import Any

from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.elements import quoted_name

from vo_service.adql.postgres import PostgresDialect

_PARAMETER = re.compile(r"\$(\d+)")

TEMPORARY = {"duckdb": "temp", "postgresql": "pg_temp"}
"""Where an engine keeps the tables of one session, and so those of tap_upload."""


def compile_select(
    select: Any, engine: str, schemas: tuple[tuple[str, str], ...] = ()
) -> tuple[str, list[Any]]:
    """Compile a statement.

    Parameters
    ----------
    select : sqlalchemy Select
    engine : str
        duckdb or postgresql.
    schemas : tuple of (str, str)
        Published schemas that have another name in the engine, with that name.

    Returns
    -------
    sql : str
        Parameters stand as $1, $2, ...; equal literals share one, so that GROUP BY x % 10 is the
        same expression as in SELECT.
    parameters : list
        Empty for PostgreSQL, whose literals stand in the statement (`adql/postgres.py`).
    """
    is_literal = engine == "postgresql"
    arguments = {"render_postcompile": True, "literal_binds": is_literal}
    compiled = select.compile(dialect=_dialect(engine, schemas), compile_kwargs=arguments)
    if is_literal:
        return str(compiled), []
    values: list[Any] = []
    places: dict[tuple[type, Any], int] = {}
    sql, given = str(compiled), compiled.params  # made anew at each look
    numbers = {}
    for i, name in enumerate(compiled.positiontup or (), start=1):
        value = given[name]
        key = (type(value), value if value == value else "nan")
        if key not in places:
            values.append(value)
            places[key] = len(values)
        numbers[i] = places[key]
    return _renumbered(sql, numbers), values


def _renumbered(sql: str, numbers: dict[int, int]) -> str:
    """Give parameters their new numbers; a $ within a quoted name is not one."""
    pieces = sql.split('"')
    pieces[::2] = [
        _PARAMETER.sub(lambda found: f"${numbers[int(found[1])]}", piece) for piece in pieces[::2]
    ]
    return '"'.join(pieces)


class DuckDialect(PGDialect):
    """DuckDB, whose SQL is PostgreSQL's but for what `dialects` writes."""

    name = "duckdb"
    div_is_floordiv = False
    supports_statement_cache = True


def _path(text: str) -> quoted_name:
    """Write a schema, with the database before it where it has one."""
    return quoted_name(".".join(f'"{part}"' for part in text.split(".")), quote=False)


@lru_cache(8)
def _dialect(engine: str, schemas: tuple[tuple[str, str], ...]) -> Dialect:
    kind = {"duckdb": DuckDialect, "postgresql": PostgresDialect}[engine]
    dialect = kind(paramstyle="numeric_dollar")
    paths = {"tap_upload": TEMPORARY[engine], **dict(schemas)}
    names = {published: _path(path) for published, path in paths.items()}
    dialect.identifier_preparer.schema_for_object = lambda t: names.get(t.schema, t.schema)  # type: ignore[method-assign]
    return dialect
