"""Tables of properties against the rows that a dictionary finds."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.table import Table
from click.testing import CliRunner

from ingest.batches import FACT_SCHEMA
from ingest.cli import ingest
from ingest.errors import SourceError
from ingest.published.properties import join_properties, read_properties
from tests.support.shared import shared_path
from vo_service.release.field import check_published
from vo_service.release.types import arrow_type

IDS = ["1874677820647565312", "13150013215019483136", "299489677444933632"]
FACTS = {
    "survey_id": IDS,
    "ra": [10.0, 359.9999, 10.0],
    "dec": [0.0, 89.0, 0.01],
    "plate": [1665, 11679, 266],
    "mjd": [52976, 58523, 51630],
    "fiberid": [198, 480, 1],
}
OBJ_IDS = np.array([7, 2**62 + 1, 9])
MASSES = [10.5, 11.5, 9.5]


def facts(**changed: Any) -> pa.Table:
    made = FACTS | changed
    return pa.table(
        [made.get(name, [None] * len(made["ra"])) for name in FACT_SCHEMA.names], FACT_SCHEMA
    )


def write(path: Path, columns: dict[str, Any], **units: str) -> Path:
    if path.suffix == ".csv":
        pyarrow.csv.write_csv(pa.table(columns), path)
    elif path.suffix == ".parquet":
        pyarrow.parquet.write_table(pa.table(columns), path)
    else:
        table = Table(columns)
        for name, unit in units.items():
            table[name].unit = unit
        table.write(path, format="fits" if path.suffix == ".fits" else "votable")
    return path


def join(path: Path, known: pa.Table | None = None, taken: frozenset = frozenset()) -> dict:
    known = facts() if known is None else known
    fields, columns = join_properties(read_properties(path), known, OBJ_IDS, taken)
    return {f.name: c.to_pylist() for f, c in zip(fields, columns, strict=True)}


KEYS = {
    "survey_id": IDS,
    "specObjID": IDS,
    "obj_id": OBJ_IDS.tolist(),
}


@pytest.mark.parametrize("ending", ["csv", "fits", "vot", "parquet"])
@pytest.mark.parametrize("key", KEYS)
def test_identifiers_match_as_text(tmp_path, key, ending) -> None:
    # Half as many rows, in another order, one of an object that is not there.
    columns = {key: [KEYS[key][2], str(5) if key != "obj_id" else 5, KEYS[key][1]]}
    path = write(tmp_path / f"t.{ending}", columns | {"logmass": [9.5, 0.0, 11.5]})
    assert join(path) == {"logmass": [None, 11.5, 9.5]}


def test_a_signed_column_holds_identifiers_of_high_plates(tmp_path) -> None:
    signed = [int(i) - 2**64 if int(i) >= 2**63 else int(i) for i in IDS]
    path = write(tmp_path / "t.fits", {"SPECOBJID": signed, "logmass": MASSES})
    assert join(path) == {"logmass": MASSES}


def test_fibres_match_where_there_is_no_identifier(tmp_path) -> None:
    columns = {n.upper(): FACTS[n][::-1] for n in ("plate", "mjd", "fiberid")}
    path = write(tmp_path / "t.fits", columns | {"logmass": MASSES[::-1]})
    assert join(path) == {"logmass": MASSES}


def test_the_nearest_position_within_two_arcsec_matches(tmp_path) -> None:
    offsets = [1.9, -1.9, 2.1]
    places = SkyCoord(FACTS["ra"], FACTS["dec"], unit="deg")
    moved = places.directional_offset_by([90, 90, 0] * u.deg, offsets * u.arcsec)
    # A nearer row for the first, and one without a position.
    columns = {
        "ra": [*moved.ra.deg, 10.0, np.nan],
        "dec": [*moved.dec.deg, 0.0001, 1.0],
        "logmass": [*MASSES, 8.0, 7.0],
    }
    found = join(write(tmp_path / "t.fits", columns), taken=frozenset(FACT_SCHEMA.names))
    assert found["logmass"] == [8.0, 11.5, None]
    assert found["prop_ra"][2] is None


def test_of_several_rows_the_first_is_taken(tmp_path) -> None:
    path = write(tmp_path / "t.csv", {"specobjid": [IDS[0]] * 2, "a": [1, 2]})
    assert join(path) == {"a": [1, None, None]}
    path = write(tmp_path / "u.csv", {"ra": [10.0] * 2, "dec": [0.0] * 2, "a": [1, 2]})
    assert join(path)["a"] == [1, None, None]


@pytest.mark.parametrize("columns", [("survey_id",), ("plate", "mjd", "fiberid"), ("ra", "dec")])
def test_the_order_of_the_spectra_changes_nothing(tmp_path, columns) -> None:
    table = {name: FACTS[name] for name in columns} | {"logmass": MASSES}
    path = write(tmp_path / "t.parquet", table)
    order = [2, 0, 1]
    forward, shuffled = join(path)["logmass"], join(path, facts().take(order))["logmass"]
    assert [forward[i] for i in order] == shuffled


MANGLED = {
    "rounded.csv": "specobjid,a\n3.72236E+18,1\n",
    "text.csv": "specobjid,a\n3.72236E+18,1\nabc,2\n",
    "fifteen.csv": "specobjid,a\n" + "".join(f"18746778206475{n}000,1\n" for n in (11, 12, 13)),
}


@pytest.mark.parametrize("name", MANGLED)
def test_identifiers_that_lost_digits_are_refused(tmp_path, name) -> None:
    (tmp_path / name).write_text(MANGLED[name])
    with pytest.raises(SourceError, match=r"specobjid have lost their last digits .* as text"):
        read_properties(tmp_path / name)


def test_identifiers_in_double_precision_are_refused_only_where_they_lose(tmp_path) -> None:
    short = write(tmp_path / "a.fits", {"survey_id": [12.0, 13.0], "a": [1, 2]})
    known = facts(survey_id=["13", "12", "14"])
    assert join(short, known)["a"] == [2, 1, None]
    long = write(tmp_path / "b.fits", {"survey_id": [39633345008634467.0], "a": [1]})
    with pytest.raises(SourceError, match="lost their last digits"):
        read_properties(long)


def test_a_table_mangled_by_a_spreadsheet_says_what_to_do() -> None:
    with pytest.raises(SourceError) as caught:
        read_properties(shared_path("data/catalogues/skyserver_sql_10000.csv"))
    assert "remove the column: the table is then matched by plate, mjd and fiberid" in str(
        caught.value
    )


def test_what_it_says_then_works(tmp_path) -> None:
    table = pyarrow.csv.read_csv(shared_path("data/catalogues/skyserver_sql_10000.csv"))
    table = table.drop_columns(["specobjid"])
    pyarrow.csv.write_csv(table, tmp_path / "t.csv")
    row = table.slice(123, 1).to_pylist()[0]
    known = facts(**{n: [1, row[n], 2] for n in ("plate", "mjd", "fiberid")})
    found = join(tmp_path / "t.csv", known, frozenset({"z"}))
    assert found["prop_z"] == [None, row["z"], None]
    assert found["class"] == [None, row["class"], None]


def test_columns_keep_what_the_file_says_of_them(tmp_path) -> None:
    table = Table(
        {"specobjid": IDS, "Log Mass": MASSES, "select": [1, 2, 3], "z": [0.1, np.nan, 0.3]}
    )
    table["Log Mass"].unit, table["Log Mass"].description = "dex(solMass)", "Stellar mass"
    table["z"].meta["ucd"], table["z"].description = "src.redshift", "Other redshift"
    table.write(tmp_path / "t.vot", format="votable")
    properties = read_properties(tmp_path / "t.vot")
    fields, columns = join_properties(properties, facts(), OBJ_IDS, {"z"})
    assert [f.name for f in fields] == ["log_mass", "select_", "prop_z"]
    assert fields[0].description.startswith("Stellar mass")
    assert (fields[2].ucd, fields[2].description) == ("src.redshift", "Other redshift")
    for field, column in zip(fields, columns, strict=True):
        check_published(field)
        assert column.type == arrow_type(field)
        assert (field.role, field.principal, field.indexed) == ("", False, False)
    assert columns[2].to_pylist() == [0.1, None, 0.3]


def test_identifiers_and_positions_of_the_table_are_not_those_of_the_objects(tmp_path) -> None:
    columns = {"survey_id": IDS, "ra": FACTS["ra"], "dec": FACTS["dec"], "a": MASSES}
    properties = read_properties(write(tmp_path / "t.fits", columns))
    assert [f.name for f in properties.fields] == ["ra", "dec", "a"]
    assert not any(f.role or f.ucd.endswith("meta.main") for f in properties.fields)


def test_the_real_portal_joins_690_of_the_700() -> None:
    with fits.open(shared_path("data/sdss_dr14/packed_700.fits.gz")) as hdus:
        ids = [str(i).strip() for i in hdus["OBJECTS"].data["specobjid"]]
    known = pa.table(
        [ids if n == "survey_id" else [None] * 700 for n in FACT_SCHEMA.names], FACT_SCHEMA
    )
    path = shared_path("data/portal_reduced/portal_reduced.fits")
    fields, columns = join_properties(read_properties(path), known, np.arange(700), {"z"})
    theirs = {str(r["specobjid"]).strip(): r["V_disp"] for r in Table.read(path)}
    at = [f.name for f in fields].index("v_disp")
    expected = [theirs.get(i, np.nan) for i in ids]
    found = [np.nan if v is None else v for v in columns[at].to_pylist()]
    assert np.array_equal(found, expected, equal_nan=True)
    assert sum(i in theirs for i in ids) == 690


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"a": [1]}, "has no column to match spectra by; give it survey_id, specobjid"),
        ({"ra": [400.0], "dec": [0.0], "a": [1]}, "has no column to match spectra by"),
        ({"survey_id": ["x"]}, "has 0 columns beside"),
        ({"survey_id": ["x"]} | {f"a{i}": [i] for i in range(41)}, "41 columns beside"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_joined_is_refused(tmp_path, columns, said) -> None:
    with pytest.raises(SourceError, match=said):
        read_properties(write(tmp_path / "t.parquet", columns))


def test_a_table_cut_anywhere_is_refused(tmp_path) -> None:
    whole = write(tmp_path / "t.fits", {"survey_id": IDS, "a": MASSES}).read_bytes()
    for share in np.linspace(0, 0.95, 24):
        path = tmp_path / "cut.fits"
        path.write_bytes(whole[: int(share * 5760)])
        with pytest.raises(SourceError, match=r"^The table of properties cut.fits: "):
            read_properties(path)


def test_matched_and_unmatched_are_told_in_the_log(tmp_path, caplog) -> None:
    path = write(tmp_path / "t.csv", {"survey_id": [IDS[0], "x"], "a": [1, 2]})
    with caplog.at_level(logging.INFO, "oddsky.ingest"):
        join(path)
    assert (
        "t.csv: matched 1 of 3 spectra by survey_id, 2 have no row; 1 of its 2 rows are used"
        in caplog.text
    )


def test_the_digest_follows_the_content(tmp_path) -> None:
    first = write(tmp_path / "a.csv", {"survey_id": ["x"], "a": [1]})
    second = write(tmp_path / "b.csv", {"survey_id": ["x"], "a": [2]})
    same = write(tmp_path / "c.csv", {"survey_id": ["x"], "a": [1]})
    digests = [read_properties(path).digest() for path in (first, second, same)]
    assert digests[0] == digests[2] != digests[1]


def test_the_command_refuses_a_wrong_table_in_one_sentence(tmp_path) -> None:
    path = write(tmp_path / "t.csv", {"a": [1]})
    arguments = ["spectra", "--into", str(tmp_path / "r"), "--properties", str(path)]
    answer = CliRunner().invoke(ingest, arguments)
    assert answer.exit_code == 2
    assert "has no column to match spectra by" in answer.output
    assert answer.output.count("\n") == 1
    assert not (tmp_path / "r").exists()
    answer = CliRunner().invoke(ingest, [*arguments[:-1], str(tmp_path / "nowhere.fits")])
    assert "No such file or directory" in answer.output
