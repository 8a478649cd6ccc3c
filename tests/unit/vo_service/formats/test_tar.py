"""Archives, judged by Python's own tarfile."""

import io
import tarfile

import pytest

from vo_service.formats.tar import encode_tar

MEMBERS = [
    ("members.csv", b"obj_id,file\n"),
    ("empty", b""),
    ("block", b"x" * 512),
    ("more", b"y" * 513),
]


def test_members_come_back_in_order_with_their_time():
    with tarfile.open(fileobj=io.BytesIO(b"".join(encode_tar(MEMBERS, 1_700_000_000)))) as archive:
        found = [(m.name, archive.extractfile(m).read(), m.mtime) for m in archive]
    assert found == [(name, data, 1_700_000_000) for name, data in MEMBERS]


def test_a_member_is_sent_before_the_next_is_made():
    def members():
        yield "first", b"data"
        raise RuntimeError("the second was made")

    chunks = encode_tar(members(), 0)
    assert next(chunks).startswith(b"first")
    with pytest.raises(RuntimeError):
        next(chunks)


def test_no_member_is_an_empty_archive():
    with tarfile.open(fileobj=io.BytesIO(b"".join(encode_tar([], 0)))) as archive:
        assert archive.getnames() == []
