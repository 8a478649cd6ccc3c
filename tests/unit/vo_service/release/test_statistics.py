"""Column statistics: what TAP_SCHEMA tells is what numpy finds in the rows."""

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from tests.support.engine import star_rows
from vo_service.query.duck import DuckEngine, DuckSettings
from vo_service.query.engine import Statement
from vo_service.release import release as releases
from vo_service.release.field import Field
from vo_service.release.part import PartWriter
from vo_service.release.statistics import Statistics
from vo_service.release.table import Table

TABLE = Table(
    "cat",
    "stars",
    "Stars",
    (
        Field("id", "long", "Identifier", ucd="meta.id;meta.main"),
        Field("mag", "float", "Magnitude", "mag", "phot.mag"),
        Field("kind", "char", "Kind", ucd="meta.code", arraysize="*"),
        Field("good", "boolean", "Whether good", ucd="meta.code"),
        Field("bands", "float", "Bands", "mag", "phot.mag", arraysize="*"),
        Field("seen", "char", "When", ucd="time.epoch", arraysize="*", xtype="timestamp"),
        Field("link", "char", "Link", ucd="meta.ref.url", arraysize="*", template="{base}/x/{id}"),
    ),
    sort_by=("id",),
)
OURS = ("min_value", "max_value", "null_fraction", "n_distinct")


def rows() -> pa.Table:
    data = star_rows().select(["id", "mag", "kind"])
    count = data.num_rows
    good = pa.array([i % 4 == 0 if i % 2 else None for i in range(count)])
    bands = pa.array([[1.0, 2.0] if i % 5 else None for i in range(count)], pa.list_(pa.float32()))
    seen = pa.array(np.arange(count), pa.timestamp("us"))
    return (
        data.append_column("good", good).append_column("bands", bands).append_column("seen", seen)
    )


def publish(root, **parts: pa.Table) -> releases.Release:
    releases.prepare_root(root)
    for name, data in parts.items():
        with PartWriter(root / "work" / name) as writer:
            writer.write_table(TABLE, data)
            writer.finish("publish", name, {})
        releases.adopt_part(root, root / "work" / name, name)
    return releases.publish(root, list(parts))


def told(release: releases.Release) -> dict[str, tuple]:
    """Return the statistics of the stars as TAP_SCHEMA tells them, by column."""
    with duckdb.connect(str(release.tap_schema_file), read_only=True) as db:
        query = f"SELECT column_name, {', '.join(OURS)} FROM tap_schema.tap_schema.columns"
        return {
            name: values
            for name, *values in db.sql(f"{query} WHERE table_name = 'cat.stars'").fetchall()
        }


def test_statistics_are_what_numpy_finds(tmp_path):
    data = rows()
    mag = data["mag"].to_numpy()
    seen = told(publish(tmp_path, one=data))
    assert seen["id"] == [0, 499, 0, pytest.approx(500, rel=0.1)]
    low, high, nulls, distinct = seen["mag"]
    assert (low, high) == (np.nanmin(mag), np.nanmax(mag))
    assert nulls == pytest.approx(np.isnan(mag).mean())
    assert distinct == pytest.approx(np.unique(mag[~np.isnan(mag)]).size, rel=0.1)
    assert seen["kind"] == [None, None, pytest.approx(data["kind"].null_count / 500), 2]
    assert seen["good"] == [None, None, 0.5, 1]
    assert seen["bands"] == [None, None, pytest.approx(0.2), None]
    assert seen["seen"][:3] == [None, None, 0]
    assert seen["link"] == [None] * 4


def test_statistics_are_merged_over_parts(tmp_path):
    data = rows()
    whole = told(publish(tmp_path / "whole", one=data))
    halves = told(publish(tmp_path / "halves", one=data.slice(0, 100), two=data.slice(100)))
    for name, (low, high, nulls, distinct) in halves.items():
        assert [low, high] == whole[name][:2]
        assert nulls == (None if name == "link" else pytest.approx(whole[name][2]))
        assert distinct is None, "how many two parts have in common is not known"


def test_a_table_without_rows_has_no_statistics(tmp_path):
    seen = told(publish(tmp_path, one=rows().slice(0, 0)))
    assert all(values == [None] * 4 for values in seen.values())
    both = told(publish(tmp_path, one=rows().slice(0, 0), two=rows()))
    assert both["id"][:3] == [0, 499, 0]


def test_statistics_do_not_make_two_descriptions_differ():
    assert TABLE.with_rows(3, (Statistics(1, 2),)) == TABLE.with_rows(3)


def test_tap_schema_counts_its_own_rows(tmp_path):
    release = publish(tmp_path, one=rows())
    with duckdb.connect(str(release.tap_schema_file), read_only=True) as db:
        counts = dict(
            db.sql("SELECT table_name, n_rows FROM tap_schema.tap_schema.tables").fetchall()
        )
        assert counts["cat.stars"] == 500
        for table in ("schemas", "tables", "columns", "keys", "key_columns"):
            ((real,),) = db.sql(f"SELECT count(*) FROM tap_schema.tap_schema.{table}").fetchall()
            assert counts[f"tap_schema.{table}"] == real


def test_a_release_from_before_there_were_statistics_is_served(tmp_path):
    release = publish(tmp_path, one=rows())
    for file in (release.tap_schema_file, release.parts[0].folder / "tables.duckdb"):
        with duckdb.connect(str(file)) as db:
            place = f'"{file.stem}".tap_schema.columns'
            for name in OURS:
                db.execute(f"ALTER TABLE {place} DROP COLUMN {name}")
                db.execute(f"DELETE FROM {place} WHERE column_name = '{name}'")
    old = releases.Release.open(tmp_path)
    assert next(t for t in old.tables if t.name == "stars").statistics == ()
    columns = next(t for t in old.tables if t.full_name == "tap_schema.columns")
    assert not {f.name for f in columns.fields} & set(OURS)
    engine = DuckEngine(old, DuckSettings("1GB", 1, tmp_path / "spill"))
    field = Field("n", "long")
    statement = Statement("SELECT count(*) AS n FROM tap_schema.columns", [], (field,))
    ((count,),) = [batch["n"].to_pylist() for batch in engine.open(statement, 30)]
    assert count > 7
    engine.close()
    # A new release of the old part has the columns, and does not know their values.
    assert told(releases.publish(tmp_path, ["one"]))["id"] == [None] * 4
