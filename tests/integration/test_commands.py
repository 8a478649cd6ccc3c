"""The commands as a user starts them: what they print, and what they say when they cannot."""

import os
import socket
import subprocess
from pathlib import Path

import pytest

from tests.support.service import ODDSKY, free_port


def oddsky(*arguments: object) -> subprocess.CompletedProcess:
    command = [str(ODDSKY), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def refusal(*arguments: object) -> str:
    """Return the one sentence with which a command refuses."""
    done = oddsky(*arguments)
    assert done.returncode == 2, done
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("oddsky: ")
    return line


def test_help_names_the_commands():
    said = oddsky("--help").stdout
    assert all(name in said for name in ("demo", "ingest", "serve"))


def test_a_directory_without_a_release(tmp_path: Path):
    said = refusal("serve", "--from", tmp_path / "nothing", "--port", free_port())
    assert str(tmp_path / "nothing") in said


def test_a_port_in_use_is_named(mock_release: Path, tmp_path: Path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said = refusal("serve", "--from", mock_release, "--state", tmp_path, "--port", port)
    assert str(port) in said
    assert "--port" in said


def test_a_state_that_cannot_be_written_is_named(mock_release: Path, tmp_path: Path):
    state = tmp_path / "file"
    state.write_text("not a folder")
    said = refusal("serve", "--from", mock_release, "--state", state, "--port", free_port())
    assert str(state) in said
    assert "--state" in said


def test_an_unknown_setting_is_named(mock_survey: Path, tmp_path: Path):
    settings = tmp_path / "settings.toml"
    settings.write_text("neighbors = 5\n")
    said = refusal("ingest", mock_survey, "--into", tmp_path / "out", "--config", settings)
    assert "'neighbors'" in said
    assert "neighbours" in said.split("'neighbors'")[1]


def test_a_directory_that_holds_something_else_is_left_alone(mock_survey: Path, tmp_path: Path):
    (tmp_path / "thesis.tex").write_text("years of work")
    said = refusal("ingest", mock_survey, "--into", tmp_path)
    assert str(tmp_path) in said
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.tex"]


def test_input_that_is_not_there_is_named(tmp_path: Path):
    said = refusal("ingest", tmp_path / "no-such.tar", "--into", tmp_path / "out")
    assert "no-such.tar" in said


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, of Linux")
def test_a_full_disk_is_told(capsys):
    from ingest.cli import told_clearly

    with (
        pytest.raises(SystemExit) as ended,
        Path("/dev/full").open("wb", buffering=0) as full,
        told_clearly(Path("survey")),
    ):
        full.write(os.urandom(4096))
    assert ended.value.code == 2
    assert "The disk of survey is full" in capsys.readouterr().err


def test_the_demo_prints_what_was_found(tmp_path: Path):
    done = oddsky("demo", "--into", tmp_path / "demo", "--rows", 60, "--no-serve")
    assert done.returncode == 0, done.stderr
    assert "Planted oddities among the 5% strangest" in done.stdout
    assert "pca_worst" in done.stdout
    assert (tmp_path / "demo" / "current").exists()
