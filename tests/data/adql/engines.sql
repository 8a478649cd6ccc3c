-- What engines compute, round, write and compare differently by themselves; one query a line.
SELECT id, ROUND(n / 2.0), ROUND(mag - 0.5, 0), ROUND(0.49999999999999994), ROUND(-2.5), ROUND(1e300) FROM stars
SELECT id, EXP(n * 100), EXP(-1000), EXP(709.7), POWER(n, 0.5), POWER(n, -1), POWER(0, n), POWER(10, 309) FROM stars
SELECT id, POWER(-2.0, n), POWER(mag, n), POWER(1, 1e300), POWER(n, 1e300), POWER(-10, 309) FROM stars
SELECT id, LOG(n), LOG10(n), SQRT(n), ACOS(n), ASIN(n), ATAN2(n, mag), COT(n), MOD(n, 3), MOD(-7, 3) FROM stars
SELECT id, n % 3, -n % 4, mag % 2, n % 2.5, 7.5 % n, n / 4, -n / 4, n / mag, id / 7 FROM stars
SELECT id, mag + 1, mag * n, mag * n + id, mag * 2 - 1, mag * 1.5, mag - mag, -mag * n, n * (mag + 1) FROM stars
SELECT id, CAST(n / 4.0 AS VARCHAR), CAST(mag AS VARCHAR), CAST(mag * 1e14 AS VARCHAR) FROM stars
SELECT id, CAST(1e16 AS VARCHAR), CAST(1e-5 AS VARCHAR), CAST(123456789.5 AS VARCHAR), CAST(id AS CHAR(2)) FROM stars
SELECT id, CAST(ra * 1e-9 AS VARCHAR), CAST(0.0 AS VARCHAR), CAST(ra * 1e13 AS VARCHAR) FROM stars
SELECT id, CAST(mag AS INTEGER), CAST(-mag AS SMALLINT), CAST('12' AS BIGINT), CAST('1e3' AS DOUBLE) FROM stars
SELECT id, CAST('2020-01-02T03:04:05' AS TIMESTAMP), CAST(CAST('2020-01-02' AS TIMESTAMP) AS VARCHAR) FROM stars
SELECT id, UPPER('grün é'), LOWER('ÀÉÎ Ω'), 'ä' || kind, '\' || kind || '''', kind || NULL FROM stars
SELECT id, CASE WHEN kind LIKE 'g\%' THEN 1 WHEN kind LIKE '%i_n%' THEN 2 ELSE 0 END FROM stars
SELECT id, CASE WHEN 'a%b' LIKE 'a\%b' THEN 1 ELSE 0 END, CASE WHEN 'É' ILIKE 'é' THEN 1 ELSE 0 END FROM stars
SELECT id, CASE WHEN kind < 'Giant' THEN 1 ELSE 0 END, CASE WHEN 'a' < 'B' THEN 1 ELSE 0 END FROM stars
SELECT id, CASE WHEN mag = 17.5 THEN 1 WHEN mag < n THEN 2 WHEN mag > 18.1 THEN 3 END FROM stars
SELECT id, COALESCE(mag, 1.5), COALESCE(n, mag), COALESCE(kind, CAST(id AS VARCHAR)), ABS(mag), ABS(n) FROM stars
SELECT id, TRUNCATE(mag, 1), TRUNCATE(ra, -1), ROUND(ra, -1), ROUND(ra, 3), FLOOR(-mag), CEILING(mag) FROM stars
SELECT id, 5 AS five, 'x' AS x, 2147483648, -9223372036854775807, 1e308, -5, - -5, 3 - -5 FROM stars
SELECT id, DISTANCE(ra, dec, 0, 90), DISTANCE(ra, dec, ra, dec), POINT(ra, dec), CIRCLE(ra, dec, n) FROM stars
SELECT n AS one, COUNT(*), AVG(mag), SUM(mag), SUM(id), SUM(n), MIN(kind) FROM stars GROUP BY one
SELECT CAST(n AS VARCHAR) AS t, COUNT(*) FROM stars GROUP BY t ORDER BY t
SELECT kind || CAST(n AS VARCHAR) AS t, id FROM stars ORDER BY t DESC, id
SELECT UPPER(kind) || CAST(n AS VARCHAR) AS t, id FROM stars ORDER BY LOWER(kind), t, id
SELECT column_name FROM tap_schema.columns ORDER BY column_name, table_name
SELECT id AS "a$1", id AS "x'y", id AS "ä ""q" FROM stars WHERE kind = 'dwarf $2'
SELECT id FROM stars WHERE kind = '''; DROP TABLE stars; --' OR kind = '\'' OR 1=1 --'
SELECT AVG(mag), COUNT(mag), MAX(id), MIN(ra) FROM stars WHERE id < 0
SELECT a.id, b.id FROM stars a, stars b WHERE DISTANCE(a.ra, a.dec, b.ra, b.dec) < 3
SELECT id FROM stars WHERE DISTANCE(ra, dec, 10, 20) < 12 ORDER BY DISTANCE(ra, dec, 10, 20)
SELECT TOP 7 id, mag FROM stars ORDER BY mag DESC, id
