"""Names in the Virtual Observatory."""

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from vo_service.errors import NotFoundError, UsageError
from vo_service.services.identity import check_identity, obj_id_of, publisher_did, read_obj_ids
from vo_service.settings import Settings

SETTINGS = Settings(Path(), Path(), authority="odd.example.org")


def test_a_did_names_its_spectrum():
    did = publisher_did(SETTINGS, 42)
    assert did == "ivo://odd.example.org/spectra?42"
    assert obj_id_of(did) == obj_id_of(" 42 ") == obj_id_of("IVO://other/SPECTRA?42") == 42


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "-1",
        "4.2",
        "9223372036854775808",
        "9" * 5000,
        "12345678901234567890",
        "ivo://odd/spectra?x",
        "ivo://odd/x?1",
        "٤",
    ],
)
def test_what_names_none_is_not_found(text):
    with pytest.raises(NotFoundError, match=r"There is no spectrum .*; (an obj_id is|it has been)"):
        obj_id_of(text)
    assert read_obj_ids(pa.array([text, "1"])).to_pylist() == [None, 1]


@pytest.mark.parametrize("text", ["42", " 42 ", "ivo://odd.example.org/spectra?42", "0042"])
def test_texts_are_read_one_by_one_as_all_at_once(text):
    assert read_obj_ids(pa.array([text])).to_pylist() == [obj_id_of(text)] == [42]


@pytest.mark.parametrize("authority", ["ab", "a b c", "", "-abc", "a/b/c"])
def test_an_authority_must_be_one(authority):
    with pytest.raises(UsageError, match="ODDSKY_AUTHORITY"):
        check_identity(replace(SETTINGS, authority=authority))


@pytest.mark.parametrize("address", ["", "me", "me@host", "a b@c.de"])
def test_a_contact_must_have_an_address(address):
    with pytest.raises(UsageError, match="ODDSKY_CONTACT_EMAIL"):
        check_identity(replace(SETTINGS, contact_email=address))
