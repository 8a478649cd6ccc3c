"""ADQL text to a tree. Knows no tables."""

from functools import cache
from importlib.resources import files

from lark import Lark
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from vo_service.adql.builder import TreeBuilder
from vo_service.adql.nodes import Query
from vo_service.errors import UsageError
from vo_service.release.reserved import RESERVED_WORDS

MAX_LENGTH = 1_000_000
MAX_NESTING = 200
"""Open brackets at once; the tree is walked recursively."""

KEYWORDS = """
    SELECT DISTINCT ALL TOP FROM WHERE GROUP BY HAVING ORDER ASC DESC OFFSET AS WITH UNION EXCEPT
    INTERSECT NATURAL INNER LEFT RIGHT FULL OUTER JOIN ON USING AND OR NOT BETWEEN IN LIKE ILIKE IS
    NULL EXISTS CAST CASE WHEN THEN ELSE END PARTITION
""".split()
FUNCTION_WORDS = """
    ABS ACOS AREA ASIN ATAN ATAN2 BOX CEILING CENTROID CIRCLE CONTAINS COORD1 COORD2 COORDSYS COS
    COT DEGREES DISTANCE EXP FLOOR INTERSECTS IN_UNIT LOG LOG10 MOD PI POINT POLYGON POWER RADIANS
    RAND REGION ROUND SIN SQRT TAN TRUNCATE AVG COUNT MAX MIN SUM LOWER UPPER COALESCE
""".split()
TYPE_WORDS = (
    r"DOUBLE\s+PRECISION|INTEGER|SMALLINT|BIGINT|REAL|DOUBLE|CHAR|VARCHAR|TIMESTAMP"
    "|POINT|CIRCLE|POLYGON"
)

HINTS = {
    "LIMIT": "ADQL has no LIMIT; write SELECT TOP n",
    ";": "one query at a time, without a semicolon",
    "'": "a text is not closed by a single quote",
    '"': "a name is not closed by a double quote",
}


def parse(text: str) -> Query:
    """Parse a query.

    Parameters
    ----------
    text : str
        ADQL 2.1.

    Raises
    ------
    UsageError
        On a syntax error, with line and column and what was expected.
    """
    if len(text) > MAX_LENGTH:
        raise UsageError(f"The query has more than {MAX_LENGTH} characters; use an upload instead.")
    if not text.strip():
        raise UsageError("The query is empty; begin with SELECT.")
    _check_nesting(text)
    try:
        return _lark().parse(text)  # type: ignore[return-value]
    except UnexpectedInput as error:
        raise _explain(error, text) from error


@cache
def _lark() -> Lark:
    words = "\n".join(f"{word}.4: /{word}\\b/i" for word in KEYWORDS)
    reserved = "|".join(sorted(RESERVED_WORDS, key=len, reverse=True))
    lexemes = f"""
FUNCTION_WORD.4: /(?:{"|".join(FUNCTION_WORDS)})\\b/i
TYPE_WORD.5: /(?:{TYPE_WORDS})\\b/i
IDENTIFIER: /(?!(?:{reserved})\\b)[A-Za-z][A-Za-z0-9_]*/i
"""
    grammar = files("vo_service.adql").joinpath("adql.lark").read_text()
    return Lark(
        f"{grammar}\n{words}\n{lexemes}",
        parser="lalr",
        lexer="contextual",
        transformer=TreeBuilder(),
        maybe_placeholders=True,
    )


def _check_nesting(text: str) -> None:
    depth = 0
    for bracket in (c for c in text if c in "()"):
        depth += 1 if bracket == "(" else -1
        if depth > MAX_NESTING:
            raise UsageError(f"The query nests more than {MAX_NESTING} brackets; simplify it.")


def _explain(error: UnexpectedInput, text: str) -> UsageError:
    line, column = max(error.line, 1), max(error.column, 1)
    if isinstance(error, UnexpectedToken):
        if error.token.type == "$END":
            end = text.rstrip()
            line, column = end.count("\n") + 1, len(end) - (end.rfind("\n") + 1) + 1
            return UsageError(
                f"The query ends too early; expected {_expected(error.expected)}", line, column
            )
        found, expected = str(error.token), error.expected or error.accepts or set()
    else:
        assert isinstance(error, UnexpectedCharacters), "the lexer raises nothing else"
        found, expected = _word_at(text, error.pos_in_stream or 0), error.allowed or set()
    before = text[: error.pos_in_stream or 0].split()
    hint = HINTS.get(found.upper()) or HINTS.get(before[-1].upper() if before else "")
    if not hint and found.upper() in RESERVED_WORDS and "IDENTIFIER" in expected:
        hint = f'it is a reserved word; to use it as a name write "{found}" in double quotes'
    message = hint or f"expected {_expected(expected)}"
    return UsageError(f"Syntax error at '{found}': {message}", line, column)


def _word_at(text: str, position: int) -> str:
    end = position
    while end < len(text) and (text[end].isalnum() or text[end] == "_"):
        end += 1
    return text[position : max(end, position + 1)]


def _expected(names: "set[str]") -> str:
    known = {
        "IDENTIFIER": "a name", "FUNCTION_WORD": "a function", "STRING": "a text",
        "UNSIGNED": "a number", "COMPARISON": "a comparison", "TYPE_WORD": "a type",
        "LPAR": "(", "RPAR": ")", "COMMA": ",", "DOT": ".", "STAR": "*", "$END": "the end",
    }  # fmt: skip
    hidden = {
        "DELIMITED",
        "HEX",
        "REAL_NUMBER",
        "PLUS",
        "MINUS",
        "SLASH",
        "PERCENT",
        "CONCAT",
        "COMMENT",
    }
    shown = sorted(known.get(n, n) for n in names if n not in hidden and not n.startswith("__"))
    if len(shown) > 7:
        shown = [*shown[:7], "..."]
    return " or ".join(shown) if len(shown) < 3 else ", ".join(shown)
