"""The compiler of PostgreSQL's SQL, where it differs in more than the name of a function.

COPY, by which rows come fastest, takes no parameters: literals stand in the statement. They are
put where the compiler meets them in the tree, never by a search in text, and of what a user wrote
nothing but ASCII letters, digits and spaces stands in them: the rest are Unicode escapes.
"""

import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.base import PGCompiler, PGDialect

from vo_service.adql.generic import BY_CODE_POINT, FOLDING, NumberKind, number_kind
from vo_service.errors import UsageError
from vo_service.release.postgres_functions import TEXT

_NOT_PLAIN = re.compile(r"[^A-Za-z0-9 ]")


class _Compiler(PGCompiler):
    def render_literal_value(self, value: Any, _type: Any) -> str:
        if isinstance(value, str):
            return _text(value)
        if isinstance(value, int):
            return f"CAST({value:d} AS {'INTEGER' if -(2**31) <= value < 2**31 else 'BIGINT'})"
        if isinstance(value, float):
            return f"CAST('{float(value)!r}' AS DOUBLE PRECISION)"
        raise TypeError(f"no literal for {type(value)}")

    def visit_cast(self, cast: sa.Cast, **kw: Any) -> str:
        """Cast to text by code point, numbers as DuckDB writes them."""
        inner, kind = self.process(cast.clause, **kw), number_kind(cast.clause)
        if not isinstance(cast.type, sa.String):
            # The one integer that becomes a timestamp or an array is NULL; it goes by way of text.
            is_null = kind == NumberKind.INTEGER and isinstance(cast.type, sa.TIMESTAMP | sa.ARRAY)
            by_text = sa.cast(sa.cast(cast.clause, sa.String), cast.type)
            return super().visit_cast(by_text if is_null else cast, **kw)
        is_real = kind in (NumberKind.SINGLE, NumberKind.DOUBLE)
        text = f"{TEXT}({inner})" if is_real else f"CAST({inner} AS VARCHAR)"
        return f"({text} {BY_CODE_POINT})"

    def visit_custom_op_binary(self, element: Any, operator: Any, **kw: Any) -> str:
        """Compute in single precision where a REAL meets an integer; PostgreSQL takes double."""
        sides = (element.left, element.right)
        kinds = [number_kind(side) for side in sides]
        if operator.opstring in "+-*" and set(kinds) == {NumberKind.INTEGER, NumberKind.SINGLE}:
            made = [
                f"CAST({self.process(s, **kw)} AS REAL)" if k == NumberKind.INTEGER
                else self.process(s, **kw)
                for s, k in zip(sides, kinds, strict=True)
            ]  # fmt: skip
            return f" {operator.opstring} ".join(made)
        return super().visit_custom_op_binary(element, operator, **kw)

    def visit_like_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return self._like(binary, "LIKE", "", kw)

    def visit_not_like_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return self._like(binary, "NOT LIKE", "", kw)

    def visit_ilike_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return self._like(binary, "ILIKE", FOLDING, kw)

    def visit_not_ilike_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return self._like(binary, "NOT ILIKE", FOLDING, kw)

    def _like(self, binary: Any, word: str, collation: str, kw: dict[str, Any]) -> str:
        """Match a pattern in which the backslash is a character like others."""
        left, right = (
            f"({self.process(s, **kw)} {collation})" for s in (binary.left, binary.right)
        )
        return f"{left} {word} {right} ESCAPE ''"


class PostgresDialect(PGDialect):
    """PostgreSQL with the semantics of this service."""

    statement_compiler = _Compiler
    supports_statement_cache = True


def _text(value: str) -> str:
    if "\0" in value:
        raise UsageError("A text in the query holds the character NUL; leave it out.")
    escaped = _NOT_PLAIN.sub(lambda found: f"\\+{ord(found[0]):06X}", value)
    return f"(CAST(U&'{escaped}' AS VARCHAR) {BY_CODE_POINT})"
