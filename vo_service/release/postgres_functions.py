"""Functions that a loaded database holds, for PostgreSQL's own raise errors or round otherwise.

Functions rather than expressions in each query: they use an argument several times, and nested
expressions would grow without bound.
"""

SCHEMA = "oddsky_functions"
EXP, POWER, ROUND, TEXT = (f"{SCHEMA}.{name}" for name in ("exp", "power", "round", "as_text"))

_HEAD = "RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE"
_TEXT_HEAD = "RETURNS varchar LANGUAGE sql IMMUTABLE PARALLEL SAFE"

_TEXT_BODY = """
    SELECT CASE
      WHEN x = 0 OR abs(x) BETWEEN 1e-4 AND 9999999999999998 THEN
        CASE WHEN x::text::numeric = trunc(x::text::numeric)
          THEN trunc(x::text::numeric)::text || '.0' ELSE x::text::numeric::text END
      ELSE x::text
    END
"""

DEFINITIONS = (
    f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}",
    # exp(1000) and exp(-1000) are errors in PostgreSQL.
    f"""CREATE OR REPLACE FUNCTION {EXP}(x double precision) {_HEAD} AS $$
    SELECT CASE WHEN x > 709.782712893384 THEN NULL WHEN x < -745.133219101941 THEN 0
      ELSE exp(x) END $$""",
    f"""CREATE OR REPLACE FUNCTION {POWER}(x double precision, y double precision) {_HEAD} AS $$
    SELECT CASE
      WHEN x IS NULL OR y IS NULL THEN NULL
      WHEN y = 0 OR x = 1 THEN 1
      WHEN x = 0 THEN CASE WHEN y > 0 THEN 0 END
      WHEN x < 0 AND y <> floor(y) THEN NULL
      WHEN ln(abs(x)) * greatest(-1e300, least(y, 1e300)) > 709.782712893384 THEN NULL
      WHEN ln(abs(x)) * greatest(-1e300, least(y, 1e300)) < -745.133219101941 THEN 0
      ELSE power(x, y)
    END $$""",
    # PostgreSQL rounds halves to even.
    f"""CREATE OR REPLACE FUNCTION {ROUND}(x double precision) {_HEAD} AS $$
    SELECT CASE WHEN abs(x) >= 4503599627370496 THEN x
      ELSE sign(x) * (floor(abs(x)) + (abs(x) - floor(abs(x)) >= 0.5)::int) END $$""",
    # 1.0 rather than 1, and no exponent before 1e16.
    f"CREATE OR REPLACE FUNCTION {TEXT}(x double precision) {_TEXT_HEAD} AS $${_TEXT_BODY}$$",
    f"CREATE OR REPLACE FUNCTION {TEXT}(x real) {_TEXT_HEAD} AS $${_TEXT_BODY}$$",
)
