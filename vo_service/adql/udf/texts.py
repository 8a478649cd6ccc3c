"""Texts: words in them, lists of them, and texts put together."""

import re
from collections.abc import Callable

import sqlalchemy as sa

from vo_service.adql.arrays import array_item
from vo_service.adql.dialects import joined_texts, numbers_of_text
from vo_service.adql.udf.base import Call, Udf, constant_text
from vo_service.adql.values import Result, Value, make_value, require_text
from vo_service.errors import UsageError
from vo_service.release.field import Field


def _texts(call: Call) -> list[Value]:
    return [require_text(a, call.name, call.place) for a in call.arguments]


def _flag(call: Call, condition: sa.ColumnElement, *parts: Value) -> Value:
    sql = sa.cast(condition, sa.Integer)
    return make_value(sql, call.name, "int", parts, ucd="meta.code", description="1 or 0")


def _no_case_match(call: Call) -> Result:
    value, pattern = _texts(call)
    return _flag(call, value.sql.ilike(pattern.sql), value, pattern)


def _has_word(call: Call) -> Result:
    text, needle = _texts(call)
    words = re.findall("[a-z0-9]+", constant_text(call, needle).lower())
    # Whatever is no letter or digit of ASCII parts words, in both texts alike.
    plain = sa.func.regexp_replace(sa.func.lower(text.sql), "[^a-z0-9]+", " ", "g")
    padded = sa.literal(" ").op("||")(plain).op("||")(sa.literal(" "))
    found = [sa.func.strpos(padded, f" {word} ") > 0 for word in words]
    return _flag(call, sa.and_(plain.is_not(None), *found), text)


def _list_has(call: Call) -> Result:
    hashes = [sa.literal("#").op("||")(sa.func.lower(v.sql)).op("||")("#") for v in _texts(call)]
    parts = _texts(call)
    within = sa.func.strpos(hashes[0], hashes[1]) > 0
    return _flag(call, sa.and_(within, sa.func.strpos(parts[1].sql, "#") == 0), *parts)


def _join(call: Call) -> Result:
    text, delimiter = _texts(call)
    if text.is_aggregate or text.is_window:
        raise UsageError(f"{call.name} holds another aggregate; nest a sub-query", *call.place)
    sql = joined_texts(text.sql, sa.literal(constant_text(call, delimiter), sa.String))
    kind = text.field.datatype or "char"
    about = f"All {text.field.name}, joined"
    field = Field("string_agg", kind, about, ucd=text.field.ucd, arraysize="*")
    return Value(sql, field, frozenset(), True)


def _degrees(letters: str, factor: float) -> Callable[[Call], Result]:
    def make(call: Call) -> Result:
        (text,) = _texts(call)
        plain = sa.func.regexp_replace(text.sql, f"[{letters}]", " ", "g")
        numbers = numbers_of_text(plain)
        minutes, seconds = (sa.func.coalesce(array_item(numbers, i), 0.0) for i in (2, 3))
        size = sa.func.abs(array_item(numbers, 1)) + minutes / 60 + seconds / 3600
        sign = sa.case((sa.func.strpos(text.sql, "-") > 0, -factor), else_=factor)
        return make_value(sign * size, "degrees", "double", (text,), unit="deg", ucd="pos.eq")

    return make


TEXTS = (
    Udf(
        "ivo_string_agg(expression VARCHAR, delimiter VARCHAR) -> VARCHAR",
        "Aggregate: all texts that are not null, in their order, joined by the delimiter",
        (2,),
        _join,
    ),
    Udf(
        "ivo_nocasematch(value VARCHAR, pat VARCHAR) -> INTEGER",
        "1 where the text is like the pattern, in upper or lower case, else 0",
        (2,),
        _no_case_match,
    ),
    Udf(
        "ivo_hasword(haystack VARCHAR, needle VARCHAR) -> INTEGER",
        "1 where all words of the second text, which is in quotes, are in the first, else 0",
        (2,),
        _has_word,
    ),
    Udf(
        "ivo_hashlist_has(hashlist VARCHAR, item VARCHAR) -> INTEGER",
        "1 where a list with # between its items holds the item, in upper or lower case, else 0",
        (2,),
        _list_has,
    ),
    Udf(
        "ivo_hms_to_degrees(hms VARCHAR) -> DOUBLE PRECISION",
        "Degrees of hours, minutes and seconds, with colons or white space between them",
        (1,),
        _degrees("hms:", 15.0),
    ),
    Udf(
        "ivo_dms_to_degrees(dms VARCHAR) -> DOUBLE PRECISION",
        "Degrees of degrees, minutes and seconds, with colons or white space between them",
        (1,),
        _degrees("dms:", 1.0),
    ),
)
