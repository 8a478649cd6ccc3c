"""Lists of ids, as clients and spreadsheets write them."""

from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from vo_service.errors import NotFoundError, TooLargeError, UsageError
from vo_service.query.engine import Upload
from vo_service.release.field import Field
from vo_service.services.holdings import Holding
from vo_service.services.identity import obj_id_of, publisher_did
from vo_service.services.list_ids import (
    choose_spectra,
    ids_in_json,
    ids_in_table,
    split_ids,
)
from vo_service.settings import Settings

GREAT = 2**63 - 1


class Store:
    """Where spectra lie: the ids of each in their order on the disk."""

    def __init__(self, *ids: int):
        self.ids = ids

    def __len__(self) -> int:
        return len(self.ids)

    def places(self, obj_ids: np.ndarray) -> np.ndarray:
        return np.array([self.ids.index(i) if i in self.ids else -1 for i in obj_ids.tolist()])


@pytest.fixture
def holding():
    return Holding(None, None, None, (Store(40, 5, GREAT), Store(30, 6)))


def test_an_id_is_a_number_or_stands_in_an_identifier():
    assert obj_id_of("12") == 12
    assert obj_id_of(f" {GREAT} ") == GREAT
    settings = Settings("root", "state", authority="odd.example")
    assert publisher_did(settings, 12) == "ivo://odd.example/spectra?12"
    assert obj_id_of(publisher_did(settings, GREAT)) == GREAT


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("-5", "from 0"),
        (str(2**63), "from 0 to 2"),
        ("9" * 30, "from 0 to 2"),
        ("1.2E+18", "rounds"),
        ("123.0", "rounds"),
        ("abc", "whole number"),
        ("", "whole number"),
        ("ivo://odd.example/other?12", "whole number"),
        ("１２", "whole number|from 0"),
        ("12;DROP", "whole number"),
    ],
)
def test_what_can_be_no_id_is_told_with_the_reason(text, reason):
    with pytest.raises(NotFoundError, match=reason):
        obj_id_of(text)


def test_texts_are_taken_apart_at_commas_and_white_space():
    assert split_ids(["1,2;3", "4\n5\r\n6\t7", " ", ",,"]) == list("1234567")


def test_json_is_a_list_of_numbers_and_texts():
    assert ids_in_json(b'[1, "2", 9007199254740993, 1.5]') == ["1", "2", "9007199254740993", "1.5"]


@pytest.mark.parametrize("body", [b"", b"{}", b"[[1]]", b"[null]", b"[true]", b"1", b"[1", b"\xff"])
def test_other_json_is_refused(body):
    with pytest.raises(UsageError, match=r"list of obj_id"):
        ids_in_json(body)


def test_spectra_come_each_once_in_the_order_of_the_store(holding):
    chosen = choose_spectra(holding, ["6", "5", "40", "5", str(GREAT), "30"], 10)
    assert chosen.obj_ids.tolist() == [40, 5, GREAT, 30, 6]
    assert chosen.unknown == ()


def test_what_is_not_there_is_told_and_the_others_are_answered(holding):
    chosen = choose_spectra(holding, ["7", "5", "1.2E+18", "-5", "7", "x", str(2**64)], 10)
    assert chosen.obj_ids.tolist() == [5]
    assert chosen.unknown == ("7", "1.2E+18", "-5", "x", str(2**64))


def test_a_list_without_any_spectrum_is_refused(holding):
    with pytest.raises(NotFoundError, match=r"any obj_id of the 3 given \(7, 8, x\)"):
        choose_spectra(holding, ["7", "8", "x"], 10)
    with pytest.raises(NotFoundError, match="of the 1000 given") as refused:
        choose_spectra(holding, ["77777777777777777"] * 999 + ["8" * 90], 1000)
    assert len(str(refused.value)) < 250


def test_an_empty_list_is_refused(holding):
    with pytest.raises(UsageError, match="empty"):
        choose_spectra(holding, [], 10)


def test_too_many_are_refused_before_anything_is_done(holding):
    with pytest.raises(TooLargeError, match="2000000 spectra; this service sends 100000 at once"):
        choose_spectra(holding, ["5"] * 2_000_000, 100_000)


def uploaded(*columns: tuple[str, str, pa.Array], ucds: dict[str, str] | None = None):
    fields = tuple(
        Field(n, d, ucd=(ucds or {}).get(n, ""), arraysize="*" if d == "char" else None)
        for n, d, _ in columns
    )
    rows = pa.table({f"c{i}": a for i, (_, _, a) in enumerate(columns, 1)})
    return SimpleNamespace(upload=Upload("mine", fields, rows))


def test_ids_are_found_by_the_name_of_their_column():
    table = uploaded(
        ("id", "int", pa.array([1, 2])), ("OBJ_ID", "long", pa.array([GREAT, None], pa.int64()))
    )
    assert ids_in_table(table) == [str(GREAT)]


def test_or_by_its_ucd():
    table = uploaded(
        ("n", "int", pa.array([1])), ("source", "char", pa.array([" 12 "])),
        ucds={"source": "meta.id;meta.main"},
    )  # fmt: skip
    assert ids_in_table(table) == ["12"]


def test_a_table_without_ids_says_what_is_missing():
    with pytest.raises(UsageError, match="mine has no column obj_id"):
        ids_in_table(uploaded(("ra", "double", pa.array([1.0]))))


@pytest.mark.parametrize("datatype", ["float", "double"])
def test_ids_that_were_rounded_are_refused(datatype):
    with pytest.raises(UsageError, match=f"of type {datatype}, which rounds"):
        ids_in_table(uploaded(("obj_id", datatype, pa.array([1e18]))))
