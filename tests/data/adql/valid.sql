-- One query a line; each must parse, bind and run.
SELECT * FROM cat.stars
SELECT id FROM stars
SELECT ALL id FROM stars
SELECT DISTINCT kind FROM stars
SELECT TOP 3 s.* FROM cat.stars AS s
SELECT TOP 3 cat.stars.id FROM cat.stars
SELECT id AS "My Id", ra r FROM stars
SELECT "id" FROM "cat"."stars"
SELECT ID, Ra FROM CAT.STARS
SELECT 1 FROM stars
SELECT -id, +n, - -n FROM stars
SELECT 1e3, 1.5E-3, .5, 5., 0xfF FROM stars
SELECT 'it''s', '' FROM stars
SELECT id -- a comment
SELECT n + 1, n - 1, n * 2, n / 2, n % 2 FROM stars
SELECT kind || '-' || kind FROM stars
SELECT (n + 1) * 2 FROM stars
SELECT id FROM stars WHERE n > 1 AND NOT (mag < 3 OR kind = 'giant')
SELECT id FROM stars WHERE n <> 1 AND n != 2
SELECT id FROM stars WHERE n BETWEEN -1 AND 1 AND n NOT BETWEEN 5 AND 6
SELECT id FROM stars WHERE n IN (1, 2, 3) AND kind NOT IN ('x', 'y')
SELECT id FROM stars WHERE id IN (SELECT id FROM notes)
SELECT id FROM stars WHERE id NOT IN (SELECT id FROM notes)
SELECT id FROM stars WHERE kind LIKE 'g%' AND kind NOT LIKE '_x%'
SELECT id FROM stars WHERE kind ILIKE 'G%'
SELECT id FROM stars WHERE kind IS NULL OR mag IS NOT NULL
SELECT id FROM stars s WHERE EXISTS (SELECT 1 FROM notes n WHERE n.id = s.id)
SELECT id FROM stars WHERE mag = (SELECT MIN(mag) FROM stars)
SELECT (SELECT COUNT(*) FROM notes) AS c, id FROM stars
SELECT s.id, note FROM stars s JOIN notes n ON s.id = n.id
SELECT s.id, note FROM stars s INNER JOIN notes n ON s.id = n.id AND n.note = 'a'
SELECT id, note FROM stars LEFT JOIN notes USING (id)
SELECT id, note FROM notes RIGHT OUTER JOIN stars USING (id)
SELECT id, note FROM stars FULL OUTER JOIN notes USING (id)
SELECT id, note FROM stars NATURAL JOIN notes
SELECT a.id FROM stars a, notes b WHERE a.id = b.id
SELECT a.id FROM (stars a JOIN notes b ON a.id = b.id) JOIN notes c ON c.id = a.id
SELECT q.k, q.c FROM (SELECT kind AS k, COUNT(*) AS c FROM stars GROUP BY kind) AS q WHERE q.c > 1
SELECT kind, COUNT(*), COUNT(mag), COUNT(DISTINCT n) FROM stars GROUP BY kind
SELECT kind, AVG(mag), SUM(n), MIN(mag), MAX(mag) FROM stars GROUP BY kind HAVING COUNT(*) > 3
SELECT n % 3 AS m, COUNT(*) FROM stars GROUP BY n % 3 ORDER BY m
SELECT n / 3 AS m, COUNT(*) FROM stars GROUP BY m
SELECT SUM(DISTINCT n) FROM stars
SELECT id FROM stars ORDER BY mag DESC, id ASC
SELECT id, mag FROM stars ORDER BY 2, 1
SELECT id FROM stars ORDER BY ABS(n), id OFFSET 5
SELECT TOP 5 id FROM stars ORDER BY id OFFSET 5
SELECT id FROM stars UNION SELECT id FROM notes
SELECT id FROM stars UNION ALL SELECT id FROM notes ORDER BY id
SELECT id FROM stars EXCEPT SELECT id FROM notes INTERSECT SELECT id FROM stars
SELECT id FROM stars EXCEPT ALL SELECT id FROM notes
(SELECT id FROM stars) UNION (SELECT id FROM notes)
WITH bright AS (SELECT id, mag FROM stars WHERE mag < 17) SELECT COUNT(*) FROM bright
WITH a AS (SELECT id FROM stars), b AS (SELECT id FROM a) SELECT x.id FROM a AS x JOIN b ON x.id = b.id
SELECT ABS(n), CEILING(mag), FLOOR(mag), DEGREES(1), RADIANS(180), EXP(1), PI() FROM stars
SELECT LOG(mag), LOG10(mag), SQRT(mag), POWER(mag, 2), MOD(n, 3), SIN(ra), COS(ra), TAN(ra), COT(ra) FROM stars
SELECT ASIN(0.5), ACOS(0.5), ATAN(1), ATAN2(1, 2), ROUND(mag), ROUND(mag, 1), TRUNCATE(mag, -1), RAND() FROM stars
SELECT UPPER(kind), LOWER(kind), COALESCE(kind, 'none'), COALESCE(mag, n, 0) FROM stars
SELECT CAST(mag AS INTEGER), CAST(n AS VARCHAR), CAST(n AS DOUBLE PRECISION), CAST(kind AS CHAR(2)) FROM stars
SELECT CASE WHEN n > 0 THEN 'up' WHEN n < 0 THEN 'down' ELSE 'level' END FROM stars
SELECT CASE kind WHEN 'giant' THEN 1 END FROM stars
SELECT id FROM stars WHERE 1 = CONTAINS(POINT('ICRS', ra, dec), CIRCLE('ICRS', 10, 20, 30))
SELECT id FROM stars WHERE CONTAINS(POINT(ra, dec), CIRCLE(POINT(10, 20), 30)) = 1
SELECT id FROM stars WHERE 0 = CONTAINS(POINT(ra, dec), CIRCLE(10, 20, 30))
SELECT CONTAINS(POINT(ra, dec), CIRCLE(10, 20, 30)) AS inside FROM stars
SELECT POINT(ra, dec), CIRCLE(ra, dec, 1), DISTANCE(POINT(ra, dec), POINT(0, 0)) FROM stars
SELECT a.id, b.id FROM stars a JOIN stars b ON 1 = CONTAINS(POINT(a.ra, a.dec), CIRCLE(b.ra, b.dec, 1)) WHERE a.id < b.id
SELECT table_name, "size" FROM tap_schema.columns
SELECT c.column_name FROM tap_schema.tables t JOIN tap_schema.columns c ON c.table_name = t.table_name
SELECT link FROM stars
SELECT NULL AS nothing FROM stars
