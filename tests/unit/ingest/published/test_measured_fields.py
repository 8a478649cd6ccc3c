"""What is measured is what is described."""

from dataclasses import fields

import numpy as np

from ingest.measure.bpt import measure_ratios
from ingest.measure.indices import Indices
from ingest.measure.linelist import read_lines
from ingest.measure.lines import LineFits
from ingest.published.measured_fields import index_fields, plane_fields
from ingest.published.objects import objects_table
from ingest.subspaces import read_regions


def blank_fits():
    names = tuple(line.name for line in read_lines() if line.kind == "emission")
    values = {f.name: np.full((1, len(names)), np.nan) for f in fields(LineFits)}
    return LineFits(**values | {"names": names, "detected": np.zeros((1, len(names)), bool)})


def test_every_index_has_a_column():
    assert [f.name for f in index_fields()] == [f.name for f in fields(Indices)]


def test_every_coordinate_of_a_plane_has_a_column():
    assert {f.name for f in plane_fields()} == set(measure_ratios(blank_fits()))


def test_every_plane_has_two_axes():
    table = objects_table("sdss", read_regions(), [])
    roles = [f.role for f in table.fields if f.role.startswith("map:")]
    planes = {role.split(":")[1] for role in roles}
    assert {"bpt_nii", "bpt_sii", "bpt_oi", "whan", "d4000_hdelta"} < planes
    assert sorted(roles) == sorted(f"map:{p}:{axis}" for p in planes for axis in "xy")


def test_every_error_is_of_a_column_in_its_unit():
    described = {f.name: f for f in index_fields()}
    for name, field in described.items():
        if name.endswith("_err"):
            assert field.unit == described[name.removesuffix("_err")].unit
