"""A small release made of a table that tests write themselves, and its engine."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from vo_service.adql.catalogue import Catalogue
from vo_service.adql.compile import compile_select
from vo_service.adql.parser import parse
from vo_service.adql.translate import translate
from vo_service.query.duck import DuckEngine, DuckSettings
from vo_service.query.engine import Engine, Statement
from vo_service.query.postgres import PostgresEngine
from vo_service.query.postgres_pool import Pool, PoolSettings
from vo_service.release import release as releases
from vo_service.release.field import Field
from vo_service.release.part import PartWriter
from vo_service.release.postgres import load_release
from vo_service.release.table import Table
from vo_service.release.types import arrow_schema

STARS = Table(
    "cat",
    "stars",
    "Stars",
    (
        Field("id", "long", "Identifier", ucd="meta.id;meta.main", role="id", principal=True),
        Field("ra", "double", "Right ascension", "deg", "pos.eq.ra;meta.main", role="ra"),
        Field("dec", "double", "Declination", "deg", "pos.eq.dec;meta.main", role="dec"),
        Field("mag", "float", "Magnitude", "mag", "phot.mag"),
        Field("kind", "char", "Kind", ucd="meta.code", arraysize="*"),
        Field("n", "int", "A small number", ucd="meta.number"),
        Field("link", "char", "Link", ucd="meta.ref.url", arraysize="*", template="{base}/x/{id}"),
    ),
    sort_by=("id",),
)
NOTES = Table(
    "cat",
    "notes",
    "Notes on stars",
    (
        Field("id", "long", "Identifier", ucd="meta.id", role="id"),
        Field("note", "char", "Note", ucd="meta.note", arraysize="*"),
    ),
    sort_by=("id", "note"),
)
OBSERVATIONS = Table(
    "cat",
    "observations",
    "One observation of some stars, with a column of every type",
    (
        Field("id", "long", "Identifier", ucd="meta.id", role="id"),
        Field("taken", "char", "When", ucd="time.epoch", arraysize="*", xtype="timestamp"),
        Field("good", "boolean", "Whether it is good", ucd="meta.code.qual"),
        Field("tiny", "unsignedByte", "From 0 to 255", ucd="meta.number"),
        Field("little", "short", "A small number", ucd="meta.number"),
        Field("title", "unicodeChar", "Title", ucd="meta.title", arraysize="*"),
        Field("wave", "double", "Wavelength", "Angstrom", "em.wl"),
        Field("words", "char", "Words with # between", ucd="meta.note", arraysize="*"),
        Field("place", "double", "Position", "deg", "pos.eq", arraysize="2", xtype="point"),
        Field("beam", "double", "Beam", "deg", "pos.outline", arraysize="3", xtype="circle"),
        Field(
            "footprint", "double", "Outline", "deg", "pos.outline", arraysize="*", xtype="polygon"
        ),
    ),
    sort_by=("id",),
)
OBJECTS = Table(
    "cat",
    "objects",
    "Objects on a map",
    (
        Field("id", "long", "Identifier", ucd="meta.id", role="id"),
        Field("nad_x", "float", "First coordinate", ucd="stat.value", role="map:nad:x"),
        Field("nad_y", "float", "Second coordinate", ucd="stat.value", role="map:nad:y"),
    ),
    sort_by=("id",),
)
COMPONENTS = Table(
    "cat",
    "components",
    "Components of objects",
    (
        Field("id", "long", "Identifier", ucd="meta.id", role="id"),
        Field("range_id", "char", "Region", ucd="meta.id", arraysize="*", role="region"),
        Field("pca", "float", "Components", ucd="stat.value", arraysize="*", role="components"),
    ),
    sort_by=("id", "range_id"),
)
COUNT = 500

OUTLINES = [
    [10.0, 10.0, 20.0, 10.0, 20.0, 20.0, 10.0, 20.0],
    [350.0, -5.0, 350.0, 5.0, 10.0, 5.0, 10.0, -5.0],
    [0.0, 80.0, 120.0, 80.0, 240.0, 70.0],
    [100.0, -40.0, 140.0, -40.0, 120.0, -30.0, 140.0, 0.0, 100.0, 0.0],
]
"""A square; over the zero of longitude, clockwise; around a pole; not convex."""


def observation_rows() -> pa.Table:
    days = ["2020-02-29T12:00:00", "1999-12-31T23:59:59.25", None, "2024-06-01T00:00:00"]
    return pa.table(
        {
            "id": [1, 2, 3, 4],
            "taken": pa.array(np.array(days, "datetime64[us]")),
            "good": [True, False, None, True],
            "tiny": pa.array([0, 255, None, 7], pa.uint8()),
            "little": pa.array([-300, 32767, 0, None], pa.int16()),
            "title": ["Ångström", "ÅNGSTRÖM", None, "plain"],
            "wave": [5000.0, 6562.8, None, 1e4],
            "words": ["red#green", "Red#Blue", "", None],
            "place": [[15.0, 15.0], [0.0, 0.0], None, [120.0, -20.0]],
            "beam": [[15.0, 15.0, 2.0], [0.0, 0.0, 10.0], [30.0, 85.0, 1.0], None],
            "footprint": OUTLINES,
        }
    )


def object_rows() -> pa.Table:
    x, y = pa.array([0, 3, None], pa.float32()), pa.array([0, 4, 1], pa.float32())
    return pa.table({"id": [1, 2, 3], "nad_x": x, "nad_y": y})


def component_rows() -> pa.Table:
    values = pa.array([[1, 0], [0, 0], [1, 0], [4, 4]], pa.list_(pa.float32()))
    regions = ["nad", "halpha", "nad", "nad"]
    return pa.table({"id": [1, 1, 2, 3], "range_id": regions, "pca": values})


def star_rows() -> pa.Table:
    random = np.random.default_rng(11)
    kinds = np.array(["giant", "dwarf", None], object)[random.integers(0, 3, COUNT)]
    return pa.table(
        {
            "id": np.arange(COUNT),
            "ra": random.uniform(0, 360, COUNT),
            "dec": np.degrees(np.arcsin(random.uniform(-1, 1, COUNT))),
            "mag": np.where(random.random(COUNT) < 0.1, np.nan, random.normal(18, 2, COUNT)).astype(
                "f4"
            ),
            "kind": kinds.tolist(),
            "n": random.integers(-9, 10, COUNT).astype("i4"),
        }
    )


def make_release(root: Path, polygons: bool = True) -> releases.Release:
    """Publish the tables, or all but the one with outlines.

    STILTS 3.4.7's lint loses its place in BINARY2 behind a column of xtype polygon; its reader does
    not.
    """
    releases.prepare_root(root)
    with PartWriter(root / "work" / "p") as writer:
        writer.write_table(STARS, star_rows())
        writer.write_table(NOTES, pa.table({"id": [1, 1, 3], "note": ["a", "b", "c"]}))
        if polygons:
            writer.write_table(OBSERVATIONS, observation_rows())
        writer.write_table(OBJECTS, object_rows())
        writer.write_table(COMPONENTS, component_rows())
        writer.finish("publish", "p", {})
    releases.adopt_part(root, root / "work" / "p", "p")
    return releases.publish(root, ["p"])


class Queries:
    """Runs ADQL on the small release."""

    def __init__(self, root: Path, release: releases.Release | None = None):
        self.release = release or make_release(root)
        self.catalogue = Catalogue(self.release.tables)
        self.engine: Engine = DuckEngine(self.release, DuckSettings("1GB", 2, root / "spill"))

    def translate(self, text: str, max_rows: int | None = None):
        return translate(parse(text), self.catalogue, "http://odd.example", max_rows)

    def statement(self, text: str) -> Statement:
        translated = self.translate(text)
        sql, parameters = compile_select(translated.select, self.engine.name, self.engine.schemas)
        return Statement(sql, parameters, translated.fields)

    def table(self, text: str) -> pa.Table:
        statement = self.statement(text)
        batches = list(self.engine.open(statement, 30.0))
        return pa.Table.from_batches(batches, arrow_schema(statement.fields))

    def rows(self, text: str) -> list[tuple]:
        return [tuple(row.values()) for row in self.table(text).to_pylist()]

    def value(self, text: str):
        ((value,),) = self.rows(text)
        return value


class PostgresQueries(Queries):
    """Runs ADQL on a release that is loaded into a database."""

    def __init__(self, other: Queries, url: str, connections: int = 4):
        self.release, self.catalogue = other.release, other.catalogue
        self.loaded = load_release(self.release, url, None, lambda _table, _rows: None)
        self.pool = Pool(PoolSettings(url, connections))
        self.engine = PostgresEngine(self.pool, self.loaded.names)

    def close(self) -> None:
        self.pool.close()
