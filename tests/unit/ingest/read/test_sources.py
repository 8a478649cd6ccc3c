import gzip
import hashlib
import io
import lzma
import random
import tarfile
from pathlib import Path

import pytest

from ingest.errors import RejectedSpectrum, SourceError
from ingest.read import sources
from ingest.read.sources import list_sources, refuse_unreadable
from tests.support.shared import shared_path


def members(*arguments: object) -> list[tuple[str, bytes]]:
    return [m for source in list_sources([str(a) for a in arguments]) for m in source.members()]


def write(folder: Path, **files: bytes) -> None:
    for name, data in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def make_tar(path: Path, files: dict[str, bytes], mode: str = "w") -> Path:
    with tarfile.open(path, mode) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def reason(data: bytes) -> str:
    with pytest.raises(RejectedSpectrum) as caught:
        refuse_unreadable(data)
    return str(caught.value)


def test_a_folder_gives_its_files_in_order_by_relative_name(tmp_path: Path) -> None:
    write(tmp_path, b_fits=b"b", sub__a_fits=b"a", a_fit=b"c", sub__deep__z_dat=b"d")
    assert members(tmp_path) == [
        ("a.fit", b"c"),
        ("b.fits", b"b"),
        ("sub/a.fits", b"a"),
        ("sub/deep/z.dat", b"d"),
    ]


def test_side_files_and_hidden_files_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path, a_fits=b"a", objects_csv=b"", notes_md=b"", objects_csv_gz=b"", run_LOG=b"")
    write(tmp_path, _hidden=b"", _git__b_fits=b"")
    assert [name for name, _ in members(tmp_path)] == ["a.fits"]
    tar = make_tar(tmp_path / "x.tar", {"._a.fits": b"", "a.fits": b"a", "list.txt": b""})
    assert members(tar) == [("a.fits", b"a")]


def test_a_named_file_is_offered_whatever_it_is_called(tmp_path: Path) -> None:
    write(tmp_path, notes_md=b"text")
    assert members(tmp_path / "notes.md") == [("notes.md", b"text")]


@pytest.mark.parametrize(("ending", "mode"), [("tar", "w"), ("tgz", "w:gz"), ("tar.xz", "w:xz")])
def test_archives_are_read_in_their_order(tmp_path: Path, ending: str, mode: str) -> None:
    files = {"./d/b.fits": b"b" * 9999, "/a.fits.gz": gzip.compress(b"a")}
    path = make_tar(tmp_path / f"spectra.{ending}", files, mode)
    assert members(path) == [("d/b.fits", b"b" * 9999), ("a.fits.gz", b"a")]
    assert members(tmp_path) == members(path)


def test_the_digest_is_that_of_the_file_as_it_lies(tmp_path: Path) -> None:
    path = make_tar(tmp_path / "spectra.tar.xz", {"a.fits": b"a"}, "w:xz")
    write(tmp_path, b_fits_gz=gzip.compress(b"b"))
    for source, file in zip(
        list_sources([str(path), str(tmp_path / "b.fits.gz")]),
        (path, tmp_path / "b.fits.gz"),
        strict=True,
    ):
        assert source.digest() == hashlib.sha256(file.read_bytes()).hexdigest()


def test_a_glob_gives_names_below_what_its_matches_share(tmp_path: Path) -> None:
    write(tmp_path, p1__a_fits=b"a", p2__b_fits=b"b", p2__c_dat=b"c")
    assert members(tmp_path / "*" / "*.fits") == [("p1/a.fits", b"a"), ("p2/b.fits", b"b")]
    assert members(tmp_path / "**" / "*.fits") == members(tmp_path / "*" / "*.fits")
    assert len(members(tmp_path / "p*")) == 3


def test_a_list_names_paths_line_by_line(tmp_path: Path) -> None:
    write(tmp_path, a_fits=b"a", b_fits=b"b", list_txt=b"")
    lines = ["# good ones", str(tmp_path / "b.fits"), "", str(tmp_path / "a.fits")]
    (tmp_path / "list.txt").write_text("\n".join(lines))
    assert members(f"@{tmp_path}/list.txt") == [("a.fits", b"a"), ("b.fits", b"b")]


def test_names_are_never_absolute() -> None:
    folder = shared_path("data/sdss_dr14/native")
    named = members(folder, f"{folder}/*0126.fits", folder / "spec-0371-52078-0126.fits")
    assert all(not name.startswith("/") and "native" not in name for name, _ in named)
    assert len(named) == 19


@pytest.mark.parametrize(
    ("argument", "told"),
    [
        ("nowhere", "no file, folder or match for '.*nowhere'"),
        ("none*.fits", r"match for '.*none\*.fits'"),
        ("empty", "folder .*empty holds no spectrum file"),
        ("@nowhere.txt", "list of paths nowhere.txt"),
    ],
)
def test_what_names_nothing_is_told(tmp_path: Path, argument: str, told: str) -> None:
    write(tmp_path, empty__notes_txt=b"")
    with pytest.raises(SourceError, match=told):
        list_sources([argument if argument.startswith("@") else str(tmp_path / argument)])


def test_an_empty_list_is_told(tmp_path: Path) -> None:
    write(tmp_path, list_txt=b"# nothing\n")
    with pytest.raises(SourceError, match="names no path"):
        list_sources([f"@{tmp_path}/list.txt"])


def test_gzip_of_several_parts_is_joined(tmp_path: Path) -> None:
    write(tmp_path, a_fits=gzip.compress(b"one ") + gzip.compress(b"two") + b"\0" * 100)
    assert members(tmp_path) == [("a.fits", b"one two")]


def test_damaged_gzip_is_rejected_alone(tmp_path: Path) -> None:
    whole = gzip.compress(bytes(range(256)) * 50)
    write(tmp_path, a_fits=whole[:-20], b_fits=whole[:100] + b"xx" + whole[102:], c_fits=whole)
    a, b, c = (data for _, data in members(tmp_path))
    assert "cut short" in reason(a)
    assert "damaged gzip" in reason(b)
    refuse_unreadable(c)


def test_files_too_large_are_rejected_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "MAX_BYTES", 1 << 20)
    write(tmp_path, bomb_fits_gz=gzip.compress(bytes(2 << 20)), large_fits=bytes(2 << 20))
    write(tmp_path, fits_fits=gzip.compress(bytes(1 << 20)))
    make_tar(tmp_path / "x.tar", {"inner.fits": bytes(2 << 20), "small.fits": b"s"})
    found = dict(members(tmp_path))
    for name in ("bomb.fits.gz", "large.fits", "inner.fits"):
        assert "larger than 1 MB" in reason(found[name])
    assert (len(found["fits.fits"]), found["small.fits"]) == (1 << 20, b"s")


def test_a_file_that_went_away_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "gone.fits").symlink_to(tmp_path / "nowhere")
    ((name, data),) = members(tmp_path)
    assert name == "gone.fits"
    assert "cannot be read" in reason(data)


FILES = {f"{i}.fits": random.Random(i).randbytes(3000) for i in range(5)}


@pytest.mark.parametrize("size", [3 * 512 + 100, 4 * 512, 5 * (3072 + 512) - 512, 5 * (3072 + 512)])
def test_a_cut_archive_is_told_after_what_came_before(tmp_path: Path, size: int) -> None:
    path = make_tar(tmp_path / "cut.tar", FILES)
    path.write_bytes(path.read_bytes()[:size])
    found: list[tuple[str, bytes]] = []
    (source,) = list_sources([str(path)])
    with pytest.raises(SourceError, match=r"cut\.tar is damaged"):
        found.extend(source.members())
    assert found == list(FILES.items())[: size // 3584]


def test_damaged_archives_give_what_is_whole(tmp_path: Path) -> None:
    plain = make_tar(tmp_path / "plain.tar", FILES).read_bytes()
    second = 3072 + 512
    for name, data in {
        "header.tar": plain[:second] + b"\xff" * 512 + plain[second + 512 :],
        "cut.tar.gz": gzip.compress(plain)[:9000],
        "cut.tar.xz": lzma.compress(plain)[:9000],
        "bad.tar.xz": lzma.compress(plain)[:60] + b"\xff" * 100,
        "text.tar": b"no archive",
    }.items():
        (tmp_path / name).write_bytes(data)
        found: list[tuple[str, bytes]] = []
        (source,) = list_sources([str(tmp_path / name)])
        with pytest.raises(SourceError, match=f"{name} is damaged"):
            found.extend(source.members())
        assert found == list(FILES.items())[: len(found)]
        assert len(found) >= (name == "header.tar")


def test_a_file_beside_is_found_in_the_same_folder(tmp_path: Path) -> None:
    write(tmp_path, x__a_fits=b"a", x__b_fits=gzip.compress(b"b"), y__c_fits=b"c")
    tar = make_tar(tmp_path / "z.tar", {"./x/a.fits": b"a", "x/b.fits": b"b", "y/c.fits": b"c"})
    for argument in (tmp_path / "x", tar, tmp_path / "x/a.fits"):
        source = list_sources([str(argument)])[0]
        name = next(iter(source.members()))[0]
        assert source.beside(name, "b.fits") == b"b"
        assert source.beside(name, "c.fits") is None


def test_a_file_beside_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    write(tmp_path, a_fits=b"a", b_fits=gzip.compress(b"b")[:9])
    (source, _) = list_sources([str(tmp_path)])
    assert "gzip" in reason(source.beside("a.fits", "b.fits") or b"")


def test_redshifts_beside_a_coadd_belong_to_the_input(tmp_path: Path) -> None:
    names = ("coadd-1.fits", "coadd-2.fits.gz", "redrock-1.fits", "redrock-2.fits.gz")
    for name in names:
        (tmp_path / name).write_bytes(b"x")
    assert sorted(name for name, _ in members(tmp_path / "coadd-*")) == sorted(names)
    assert [name for name, _ in members(tmp_path)] == sorted(names)
    before = [s.digest() for s in list_sources([str(tmp_path / "coadd-1.fits")])]
    (tmp_path / "redrock-1.fits").write_bytes(b"y")
    after = [s.digest() for s in list_sources([str(tmp_path / "coadd-1.fits")])]
    assert (len(before), before[0] == after[0], before[1] == after[1]) == (2, True, False)
