-- One query a line; each must parse, bind and run.
SELECT * FROM cat.stars
SELECT id FROM stars
SELECT ALL id FROM stars
SELECT DISTINCT kind FROM stars
SELECT TOP 3 s.* FROM cat.stars AS s ORDER BY s.id
SELECT TOP 3 cat.stars.id FROM cat.stars ORDER BY cat.stars.id
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
SELECT ASIN(0.5), ACOS(0.5), ATAN(1), ATAN2(1, 2), ROUND(mag), ROUND(mag, 1), TRUNCATE(mag, -1) FROM stars
SELECT COUNT(RAND()), COUNT(RAND(3)) FROM stars
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
-- Names and comments
SELECT s."id" AS "SELECT", s.ra "Two words", s.dec AS "quote "" in it" FROM stars s ORDER BY 1
SELECT stars.*, note FROM stars JOIN notes ON stars.id = notes.id ORDER BY note
SELECT a.*, b.* FROM notes a JOIN notes b ON a.id = b.id ORDER BY a.note, b.note
SELECT over.id AS over, partition.note AS rank FROM stars over JOIN notes partition ON over.id = partition.id ORDER BY 1, 2
SELECT id, id, id AS ID FROM notes ORDER BY 1
SELECT TOP 0 id FROM stars
-- Numbers and their types
SELECT 9223372036854775807 AS big, -9223372036854775807 AS small, 2147483648 AS long FROM notes
SELECT 7 / 2, -7 / 2, 7 / -2, 7.0 / 2, 7 % 3, -7 % 3, 7 % -3, 7.5 % 2, MOD(-7, 3), MOD(7.5, -2) FROM notes
SELECT 1 / 0, 1 % 0, 1.5 / 0, MOD(1, 0), n / (n - n) FROM stars WHERE id < 3 ORDER BY id
SELECT (n + 1) / 2, (n + 1) % 2, (n - 7) / (1 + 1), -(n + 1) FROM stars ORDER BY id
SELECT SQRT(-1), LOG(0), LOG(-1), LOG10(0), ACOS(2), ASIN(-2), COT(0), POWER(0, -1), POWER(-8, 0.5) FROM notes
SELECT EXP(1000), EXP(-1000), POWER(10, 400), POWER(10, -400), POWER(-2, 3), POWER(0, 0) FROM notes
SELECT ROUND(2.5), ROUND(-2.5), ROUND(1250, -2), ROUND(2.567, 2), TRUNCATE(-2.567, 1), TRUNCATE(1299, -2), TRUNCATE(2.9) FROM notes
SELECT CEILING(-1.5), FLOOR(-1.5), ABS(-3), ABS(-2.5), DEGREES(PI()), RADIANS(180), ATAN2(-1, -1) FROM notes
SELECT tiny - 8, -tiny, tiny * tiny, little + little, little * tiny FROM observations ORDER BY id
SELECT SUM(tiny), AVG(little), MIN(little), MAX(tiny), SUM(DISTINCT tiny) FROM observations
SELECT AVG(n), SUM(n), SUM(mag), COUNT(mag), MIN(n), MAX(n) FROM stars
SELECT id + 0.5, id * 2, n * 1.5, mag * 2, mag + n FROM stars ORDER BY id
SELECT n & 3, n | 8, n ^ 5, ~n, 0xFF & n, n & 1 | 2, tiny ^ little FROM stars JOIN observations USING (id) ORDER BY id
SELECT n & 1 AS odd, COUNT(*) FROM stars GROUP BY n & 1 ORDER BY odd
SELECT 0x10 + 0xff AS hex FROM notes
-- Texts
SELECT UPPER(title), LOWER(title), title || '!' FROM observations ORDER BY id
SELECT id FROM observations WHERE title LIKE '_ngstr%' ORDER BY id
SELECT id FROM observations WHERE title ILIKE 'ån%' ORDER BY id
SELECT id FROM observations WHERE words NOT LIKE '%\%' ORDER BY id
SELECT id FROM observations WHERE words = '' ORDER BY id
SELECT id, kind FROM stars WHERE kind > 'dwarf' ORDER BY kind, id
SELECT kind FROM stars WHERE LOWER(kind) IN ('giant', 'DWARF') ORDER BY id
SELECT note FROM notes WHERE note BETWEEN 'a' AND 'b' ORDER BY note
SELECT 'Ä' || 'ß' AS unicode, 'it''s -- no comment' AS plain FROM notes
-- Conditions
SELECT id FROM stars WHERE NOT n > 0 AND NOT kind = 'giant' ORDER BY id
SELECT id FROM stars WHERE (n > 5 OR n < -5) AND mag IS NOT NULL ORDER BY id
SELECT id FROM stars WHERE mag NOT BETWEEN 17 AND 19 ORDER BY id
SELECT id FROM stars WHERE NULL IS NULL AND n = 9 ORDER BY id
SELECT id FROM stars WHERE n IN (1, 2.0, NULL) ORDER BY id
SELECT id FROM observations WHERE good = 1 ORDER BY id
SELECT id FROM observations WHERE good <> 1 ORDER BY id
-- Timestamps
SELECT id FROM observations WHERE taken > '2000-01-01' ORDER BY id
SELECT id FROM observations WHERE '2020-02-29T12:00:00' = taken
SELECT id FROM observations WHERE taken BETWEEN '1999-12-31T00:00:00' AND '2021-01-01T00:00:00Z' ORDER BY id
SELECT id FROM observations WHERE taken NOT IN ('2020-02-29T12:00:00', '2024-06-01') ORDER BY id
SELECT id, taken FROM observations ORDER BY taken DESC
SELECT MIN(taken), MAX(taken), COUNT(taken), COUNT(DISTINCT taken) FROM observations
SELECT a.id, b.id FROM observations a JOIN observations b ON a.taken < b.taken ORDER BY 1, 2
SELECT CAST('2020-01-01T10:00:00.5' AS TIMESTAMP), CAST(taken AS VARCHAR), CAST(taken AS CHAR(10)) FROM observations ORDER BY id
SELECT COALESCE(taken, CAST('2000-01-01' AS TIMESTAMP)) FROM observations ORDER BY id
SELECT CASE WHEN taken < '2010-01-01' THEN 'old' WHEN taken IS NULL THEN 'none' ELSE 'new' END FROM observations ORDER BY id
SELECT ivo_to_jd(taken), ivo_to_mjd(taken), ivo_to_mjd('2020-05-06') FROM observations ORDER BY id
-- CAST
SELECT CAST(2.7 AS INTEGER), CAST(-2.7 AS SMALLINT), CAST('12.9' AS INTEGER), CAST('42' AS BIGINT), CAST(n AS REAL), CAST('1e3' AS DOUBLE PRECISION) FROM stars ORDER BY id
SELECT CAST(2.0 AS VARCHAR), CAST(0.1 AS VARCHAR), CAST(id AS CHAR(3)), CAST(NULL AS INTEGER), CAST('abc' AS CHAR(2)) FROM notes ORDER BY id, note
SELECT CAST('1 2' AS POINT), CAST('1 2 3' AS CIRCLE), CAST('0 0 1 0 1 1' AS POLYGON) FROM notes
SELECT CAST(CAST(id AS VARCHAR) || ' 20' AS POINT), CAST(CAST(id AS VARCHAR) || ' 20 3' AS CIRCLE) FROM notes ORDER BY id, note
-- Choices
SELECT COALESCE(mag, n, 0), COALESCE(kind, 'none'), COALESCE(NULL, 1.5) FROM stars ORDER BY id
SELECT CASE n % 2 WHEN 0 THEN 'even' WHEN 1 THEN 'odd' END AS parity FROM stars ORDER BY id
SELECT CASE WHEN mag IS NULL THEN 0 WHEN mag < 18 THEN mag ELSE 1.5 END FROM stars ORDER BY id
SELECT CASE WHEN n > 0 THEN NULL ELSE n END FROM stars ORDER BY id
SELECT SUM(CASE WHEN kind = 'giant' THEN 1 ELSE 0 END) AS giants FROM stars
-- Units
SELECT IN_UNIT(ra, 'arcmin'), IN_UNIT(ra, 'rad'), IN_UNIT(AVG(dec), 'arcsec') FROM stars GROUP BY ra ORDER BY ra
SELECT IN_UNIT(wave, 'nm'), IN_UNIT(wave * 2, 'm') FROM observations ORDER BY id
-- Groups
SELECT kind AS k, COUNT(*) AS c FROM stars GROUP BY k HAVING COUNT(*) > 3 ORDER BY c DESC, k
SELECT kind, COUNT(*) FROM stars GROUP BY 1 ORDER BY 1
SELECT n % 3 + 1, COUNT(*) FROM stars GROUP BY n % 3 HAVING MIN(n % 3) > -5 ORDER BY n % 3
SELECT UPPER(kind) AS u, MAX(mag) - MIN(mag) AS span FROM stars GROUP BY UPPER(kind) ORDER BY span
SELECT kind, n, COUNT(*) FROM stars GROUP BY kind, n ORDER BY kind, n
SELECT COUNT(*) FROM stars HAVING COUNT(*) > 1
SELECT COUNT(*) FROM stars WHERE id < 0 GROUP BY kind
SELECT COUNT(*), SUM(n), AVG(n), MIN(kind) FROM stars WHERE id < 0
SELECT kind FROM stars GROUP BY kind ORDER BY COUNT(*), kind
SELECT good, COUNT(*) FROM observations GROUP BY good ORDER BY 2, 1
-- Windows
SELECT id, ROW_NUMBER() OVER (ORDER BY mag DESC, id) AS r FROM stars ORDER BY r
SELECT id, RANK() OVER (PARTITION BY kind ORDER BY n) AS r, DENSE_RANK() OVER (PARTITION BY kind ORDER BY n) AS d FROM stars ORDER BY id
SELECT id, SUM(n) OVER (PARTITION BY kind ORDER BY id) AS s, COUNT(*) OVER () AS c, AVG(n) OVER (PARTITION BY kind) AS a, MAX(mag) OVER (ORDER BY id) AS m FROM stars ORDER BY id
SELECT kind, RANK() OVER (ORDER BY COUNT(*) DESC) AS r, SUM(COUNT(*)) OVER () AS c FROM stars GROUP BY kind ORDER BY r
SELECT q.id FROM (SELECT id, ROW_NUMBER() OVER (PARTITION BY kind ORDER BY id) AS r FROM stars) AS q WHERE q.r = 1 ORDER BY q.id
SELECT id, mag - AVG(mag) OVER (PARTITION BY kind) AS off FROM stars ORDER BY RANK() OVER (ORDER BY mag), id
-- Sets and queries within queries
SELECT id FROM notes UNION ALL SELECT 7 FROM notes ORDER BY 1
SELECT n FROM stars UNION SELECT mag FROM stars ORDER BY 1
SELECT NULL AS a FROM notes UNION ALL SELECT note FROM notes ORDER BY 1
SELECT id, taken FROM observations UNION SELECT id, NULL FROM notes ORDER BY 1, 2
SELECT TOP 2 q.id FROM (SELECT TOP 5 id FROM stars ORDER BY mag, id) AS q ORDER BY q.id
(SELECT TOP 1 id FROM stars ORDER BY id DESC) UNION (SELECT TOP 1 id FROM stars ORDER BY id) ORDER BY 1
SELECT id FROM notes EXCEPT SELECT id FROM stars WHERE id = 1 ORDER BY 1
SELECT id FROM notes INTERSECT ALL SELECT id FROM notes WHERE note <> 'a' ORDER BY 1
WITH a AS (SELECT id, n FROM stars WHERE n > 7 UNION SELECT id, n FROM stars WHERE n < -7) SELECT n, COUNT(*) FROM a GROUP BY n ORDER BY n
WITH a AS (SELECT MAX(mag) AS m FROM stars) SELECT id FROM stars, a WHERE mag = a.m ORDER BY id
SELECT s.id, (SELECT COUNT(*) FROM notes n WHERE n.id = s.id) AS c FROM stars s WHERE s.id < 4 ORDER BY 1
SELECT s.id FROM stars s WHERE EXISTS (SELECT n.id FROM notes n WHERE n.id = s.id UNION SELECT o.id FROM observations o WHERE o.id = s.id AND o.good = 1) ORDER BY 1
SELECT s.id FROM stars s WHERE s.mag > (SELECT AVG(t.mag) FROM stars t WHERE t.kind = s.kind) ORDER BY s.id
SELECT s.kind, (SELECT COUNT(*) FROM stars t WHERE t.kind = s.kind) AS c FROM stars s GROUP BY s.kind ORDER BY c, s.kind
SELECT id FROM stars WHERE n NOT IN (SELECT n FROM stars WHERE n > -5) ORDER BY id
-- Joins
SELECT id, note, title FROM notes FULL OUTER JOIN observations USING (id) ORDER BY id, note
SELECT * FROM notes NATURAL LEFT JOIN observations ORDER BY id, note
SELECT s.id FROM stars s LEFT JOIN notes n ON s.id = n.id WHERE n.id IS NULL AND s.id < 5 ORDER BY s.id
SELECT a.id FROM stars a JOIN stars b ON a.id = b.id + 1 AND b.n = a.n ORDER BY a.id
-- Geometry
SELECT POINT(ra, dec), CIRCLE(ra, dec, 1), POLYGON(10, 10, 20, 10, 20, 20), BOX(10, 20, 2, 2) FROM stars ORDER BY id
SELECT COORD1(POINT(ra, dec)), COORD2(POINT(ra, dec)), COORDSYS(POINT(ra, dec)) FROM stars ORDER BY id
SELECT AREA(CIRCLE(0, 0, 1)), AREA(POLYGON(0, 0, 1, 0, 1, 1, 0, 1)), AREA(BOX(10, 20, 2, 2)), AREA(POINT(1, 2)) FROM notes
SELECT AREA(beam), AREA(footprint), CENTROID(footprint), CENTROID(beam), place FROM observations ORDER BY id
SELECT CENTROID(POLYGON(350, -5, 10, -5, 10, 5, 350, 5)), CENTROID(BOX('ICRS', 10, 20, 2, 2)), CENTROID(CIRCLE(POINT(1, 2), 3)) FROM notes
SELECT REGION('Position ICRS 1 2'), REGION('Circle FK5 1 2 3 unit deg'), REGION('Polygon 1 2 3 4 5 0'), REGION('BOX ICRS GEOCENTER 10 20 2 2') FROM notes
SELECT id FROM stars WHERE 1 = CONTAINS(POINT(ra, dec), POLYGON(0, 0, 90, 0, 90, 80, 0, 80)) ORDER BY id
SELECT id FROM stars WHERE CONTAINS(POINT(ra, dec), POLYGON(POINT(340, -20), POINT(40, -20), POINT(40, 30), POINT(0, 0), POINT(340, 30))) = 1 ORDER BY id
SELECT id FROM stars WHERE CONTAINS(POINT('ICRS', ra, dec), BOX('ICRS', 180, 85, 20, 20)) = 1 ORDER BY id
SELECT id FROM stars WHERE CONTAINS(POINT(ra, dec), REGION('Circle ICRS 10 20 30')) <> 0 ORDER BY id
SELECT id FROM stars WHERE INTERSECTS(CIRCLE(ra, dec, 5), POLYGON(0, 0, 90, 0, 90, 80, 0, 80)) = 1 ORDER BY id
SELECT id FROM stars WHERE INTERSECTS(BOX(ra, dec, 5, 5), POLYGON(0, 0, 90, 0, 90, 80, 0, 80)) = 1 ORDER BY id
SELECT id FROM stars WHERE CONTAINS(BOX(ra, dec, 5, 5), POLYGON(0, 0, 90, 0, 90, 80, 0, 80)) = 1 ORDER BY id
SELECT id FROM stars WHERE CONTAINS(CIRCLE(ra, dec, 5), CIRCLE(10, 20, 40)) = 1 AND INTERSECTS(CIRCLE(ra, dec, 5), CIRCLE(40, 20, 10)) = 0 ORDER BY id
SELECT id FROM stars WHERE CONTAINS(BOX(ra, dec, 4, 4), CIRCLE(100, -20, 120)) = 1 ORDER BY id
SELECT id, CONTAINS(place, footprint), CONTAINS(beam, footprint), INTERSECTS(beam, footprint), CONTAINS(footprint, beam) FROM observations ORDER BY id
SELECT a.id, b.id FROM observations a, observations b WHERE INTERSECTS(a.footprint, b.footprint) = 1 ORDER BY 1, 2
SELECT s.id, o.id FROM stars s JOIN observations o ON CONTAINS(POINT(s.ra, s.dec), o.footprint) = 1 ORDER BY 1, 2
SELECT id, DISTANCE(place, POINT(15, 16)) FROM observations ORDER BY id
SELECT a.id, b.id FROM stars a JOIN stars b ON DISTANCE(a.ra, a.dec, b.ra, b.dec) < 2 AND a.id < b.id ORDER BY 1, 2
SELECT a.id, b.id FROM stars a LEFT JOIN observations b ON DISTANCE(POINT(a.ra, a.dec), b.place) < 3 WHERE a.id < 50 ORDER BY 1, 2
SELECT a.id, COUNT(b.id) FROM observations a LEFT JOIN stars b ON 1 = CONTAINS(POINT(b.ra, b.dec), CIRCLE(a.place, a.id)) GROUP BY a.id ORDER BY a.id
-- Functions of the catalogue, and our own
SELECT ivo_healpix_index(17, 1, 1), ivo_healpix_index(6, POINT(ra, dec)), ivo_healpix_index(6, ra + 0, dec) FROM stars ORDER BY id
SELECT ivo_healpix_index(2, ra, dec) AS cell, COUNT(*) FROM stars GROUP BY cell ORDER BY cell
SELECT ivo_healpix_center(0, 6), ivo_healpix_center(3, n + 100) FROM stars ORDER BY id
SELECT ivo_hasword('Miller and Urey have', 'miller'), ivo_hasword(title, 'plain'), ivo_nocasematch(title, 'PL%') FROM observations ORDER BY id
SELECT ivo_hashlist_has(words, 'RED'), ivo_hashlist_has(words, 'red#green') FROM observations ORDER BY id
SELECT kind, ivo_string_agg(CAST(id AS VARCHAR), ',') FROM stars WHERE id < 30 GROUP BY kind ORDER BY kind
SELECT ivo_histogram(mag, 14, 20, 3), ivo_histogram(n, -9, 9, 2) FROM stars
SELECT ivo_interval_overlaps(n, n + 2, 0, 3), ivo_interval_overlaps(2, 1, n, 9) FROM stars ORDER BY id
SELECT ivo_hms_to_degrees('01:30:36'), ivo_hms_to_degrees('1h30m36s'), ivo_dms_to_degrees('-00:30:36.5'), ivo_dms_to_degrees('+12 30 00') FROM notes
SELECT COUNT(ivo_normal_random(0, 1)) FROM stars
SELECT odd_similarity(1, 2, 'nad'), odd_similarity(1, 3, 'nad'), odd_similarity(1, 3, 'halpha'), odd_map_distance(1, 2, 'nad'), odd_map_distance(1, 3, 'nad') FROM notes
SELECT a.id, b.id, odd_similarity(a.id, b.id, 'nad') AS s, odd_map_distance(a.id, b.id, 'nad') FROM objects a, objects b ORDER BY s DESC, a.id, b.id
SELECT id, odd_rank(mag) AS r FROM stars WHERE kind = 'giant' ORDER BY r, id
SELECT * FROM observations ORDER BY id
