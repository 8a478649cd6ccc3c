import json
import subprocess
import sys

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from vo_service.errors import NotFoundError, TransientError, UsageError
from vo_service.release import release as releases
from vo_service.release.digest import digest_table
from vo_service.release.field import Field
from vo_service.release.part import Part, PartWriter
from vo_service.release.table import ForeignKey, Table

TABLE = Table(
    "oddsky",
    "objects",
    "Objects",
    (
        Field("obj_id", "long", "Identifier", ucd="meta.id;meta.main", role="id", principal=True),
        Field("ra", "double", "Right ascension", "deg", "pos.eq.ra;meta.main", role="ra"),
        Field("dec", "double", "Declination", "deg", "pos.eq.dec;meta.main", role="dec"),
        Field("score", "float", "Score", ucd="stat.value", role="score:x"),
        Field("name", "char", "Name", ucd="meta.title", arraysize="*"),
        Field(
            "link", "char", "Link", ucd="meta.ref.url", arraysize="*", template="{base}/{obj_id}"
        ),
    ),
    (ForeignKey("oddsky.objects", (("obj_id", "obj_id"),), "Itself"),),
    sort_by=("obj_id",),
)


def rows(count: int, seed: int = 1) -> pa.Table:
    random = np.random.default_rng(seed)
    score = random.normal(size=count).astype("f4")
    score[0] = np.nan
    return pa.table(
        {
            "obj_id": np.arange(count),
            "ra": random.uniform(0, 360, count),
            "dec": random.uniform(-90, 90, count),
            "score": score,
            "name": [f"n{i}" for i in range(count)],
        }
    )


def publish(root, part_id="one", data=None):
    releases.prepare_root(root)
    with releases.locked(root), PartWriter(root / "work" / part_id) as writer:
        writer.write_table(TABLE, rows(100) if data is None else data)
        writer.finish("ingest", part_id, {"seed": 1})
        releases.adopt_part(root, root / "work" / part_id, part_id)
        return releases.publish(root, [part_id])


def test_what_is_published_is_described_as_it_was(tmp_path):
    release = publish(tmp_path)
    (table,) = [t for t in release.tables if t.schema == "oddsky"]
    assert table.fields == TABLE.fields
    assert table.keys == TABLE.keys
    assert table.rows == 100
    assert release.parts[0].info["seed"] == 1


def test_nan_is_published_as_null_and_rows_lie_along_the_sky(tmp_path):
    release = publish(tmp_path)
    with duckdb.connect(str(release.parts[0].folder / "tables.duckdb"), read_only=True) as db:
        assert db.sql("SELECT count(*) FROM oddsky.objects WHERE score IS NULL").fetchall() == [
            (1,)
        ]
        assert db.sql("SELECT count(*) FROM oddsky.objects WHERE isnan(score)").fetchall() == [(0,)]
        index = [i for (i,) in db.sql("SELECT _hpx29 FROM oddsky.objects").fetchall()]
    assert index == sorted(index)


def test_equal_content_has_equal_digests_however_it_came(tmp_path):
    data = rows(100)
    shuffled = data.take(np.random.default_rng(0).permutation(100))
    first = publish(tmp_path / "a", data=data).parts[0].info["digests"]
    second = publish(tmp_path / "b", data=shuffled).parts[0].info["digests"]
    changed = publish(tmp_path / "c", data=rows(100, seed=2)).parts[0].info["digests"]
    assert first == second
    assert first != changed


def test_a_digest_sees_chunks_as_one_and_null_as_null():
    whole = pa.table({"a": ["x", None, ""], "b": [[1.0], None, []]})
    pieces = pa.concat_tables([whole.slice(0, 1), whole.slice(1)])
    assert digest_table(whole) == digest_table(pieces)
    assert digest_table(whole) != digest_table(
        pa.table({"a": ["x", "", ""], "b": [[1.0], None, []]})
    )
    assert digest_table(pa.table({"a": ["ab", "c"]})) != digest_table(pa.table({"a": ["a", "bc"]}))


def test_a_release_takes_the_place_of_the_one_before_and_the_last_few_stay(tmp_path):
    for i in range(8):
        release = publish(tmp_path, f"part{i}")
    assert release.number == 8
    kept = sorted(int(p.name) for p in (tmp_path / "releases").iterdir() if p.name.isdigit())
    assert kept == [4, 5, 6, 7, 8]
    assert sorted(p.name for p in (tmp_path / "parts").iterdir()) == [
        f"part{i}" for i in range(3, 8)
    ]
    assert releases.Release.open(tmp_path, 5).parts[0].part_id == "part4"


def test_a_kill_while_old_parts_are_deleted_leaves_no_half_of_one(tmp_path, monkeypatch):
    for i in range(5):
        publish(tmp_path, f"part{i}")

    def killed(folder, **_):
        if folder.name.startswith(".removed-"):
            (folder / "tables.duckdb").unlink(missing_ok=True)
            raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(releases.shutil, "rmtree", killed)
        publish(tmp_path, "part5")
    for folder in (tmp_path / "releases").glob("[0-9]*"):
        releases.Release.open(tmp_path, int(folder.name))
    publish(tmp_path, "part6")
    assert not list(tmp_path.glob("*/.*"))
    assert sorted(p.name for p in (tmp_path / "parts").iterdir()) == [
        f"part{i}" for i in range(2, 7)
    ]


def test_tables_of_several_parts_are_one(tmp_path):
    publish(tmp_path, "one")
    publish(tmp_path, "two", rows(50, seed=9))
    release = releases.publish(tmp_path, ["one", "two"])
    assert next(t for t in release.tables if t.name == "objects").rows == 150
    assert release.holders(TABLE) == (0, 1)


def test_an_unfinished_part_is_no_part(tmp_path):
    with PartWriter(tmp_path / "x") as writer:
        writer.write_table(TABLE, rows(3))
    with pytest.raises(NotFoundError, match="no finished part"):
        Part.open(tmp_path / "x")


def test_a_directory_that_holds_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(UsageError, match=r"holds something else \(thesis.tex\)"):
        releases.prepare_root(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_directory_without_a_release_says_what_to_do(tmp_path):
    releases.prepare_root(tmp_path)
    with pytest.raises(NotFoundError, match="oddsky ingest"):
        releases.Release.open(tmp_path)


def test_columns_that_are_missing_are_named(tmp_path):
    with (
        PartWriter(tmp_path / "x") as writer,
        pytest.raises(UsageError, match="lacks the columns dec"),
    ):
        writer.write_table(TABLE, rows(3).drop(["dec"]))


LOCK_AND_WAIT = """
import sys, pathlib
from vo_service.release.release import locked
with locked(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_only_one_run_writes_and_a_killed_one_frees_the_lock(tmp_path):
    releases.prepare_root(tmp_path)
    command = [sys.executable, "-c", LOCK_AND_WAIT, str(tmp_path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **pipes) as other:
        assert other.stdout.readline() == "held\n"
        with (
            pytest.raises(TransientError, match="Another run is writing"),
            releases.locked(tmp_path),
        ):
            pass
        other.kill()
    with releases.locked(tmp_path):
        pass


def test_tap_schema_describes_itself_with_five_keys(tmp_path):
    release = publish(tmp_path)
    with duckdb.connect(str(release.tap_schema_file), read_only=True) as db:
        names = db.sql("SELECT table_name FROM tap_schema.tap_schema.tables").fetchall()
        keys = db.sql(
            "SELECT count(*) FROM tap_schema.tap_schema.keys WHERE from_table LIKE 'tap_schema.%'"
        ).fetchall()
        quoted = db.sql(
            "SELECT column_name FROM tap_schema.tap_schema.columns WHERE column_name LIKE '\"%'"
        ).fetchall()
    assert ("tap_schema.columns",) in names
    assert keys == [(5,)]
    assert quoted == [('"size"',)]


def test_release_json_names_its_parts_by_digest(tmp_path):
    release = publish(tmp_path)
    told = json.loads((release.folder / "release.json").read_text())
    assert told["parts"][0]["part_id"] == "one"
    assert len(told["parts"][0]["digest"]) == 64
