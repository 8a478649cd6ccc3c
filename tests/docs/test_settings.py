"""The settings of the service are described with their names and defaults."""

import re
from pathlib import Path

import pytest

from vo_service.errors import UsageError
from vo_service.settings import Settings

PAGE = Path(__file__).resolve().parents[2] / "docs" / "serve.md"
ROW = re.compile(r"^\| `ODDSKY_(\w+)` \| (\S+) \|", re.MULTILINE)
DESCRIBED = {
    name: "" if value == "(none)" else value for name, value in ROW.findall(PAGE.read_text())
}
HELD_BY_OPTIONS = {"root", "state", "base_url"}


def test_all_are_described():
    names = {f.upper() for f in Settings.__dataclass_fields__ if f not in HELD_BY_OPTIONS}
    assert set(DESCRIBED) == names


@pytest.mark.parametrize("name", DESCRIBED)
def test_the_default_is_the_described_one(name):
    default = getattr(Settings.make(Path()), name.lower())
    if isinstance(default, tuple):
        default = " ".join(default)
    assert DESCRIBED[name] == (default if isinstance(default, str) else f"{default:.0f}")


@pytest.mark.parametrize("name", DESCRIBED)
def test_the_environment_changes_it(name, monkeypatch):
    monkeypatch.setenv(f"ODDSKY_{name}", "3")
    assert getattr(Settings.make(Path()), name.lower()) in ("3", 3, ("3",))


@pytest.mark.parametrize("value", ["many", "-1", "0", "nan", "1e400"])
def test_a_wrong_value_is_refused_with_the_name_of_the_variable(value, monkeypatch):
    monkeypatch.setenv("ODDSKY_JOB_SECONDS", value)
    with pytest.raises(
        UsageError, match=f"ODDSKY_JOB_SECONDS is '{value}'; it must be a whole number"
    ):
        Settings.make(Path())
    monkeypatch.setenv("ODDSKY_JOB_SECONDS", "")
    monkeypatch.setenv("ODDSKY_MOST_ROWS", "1.5")
    with pytest.raises(UsageError, match=r"'1\.5'; it must be a whole number"):
        Settings.make(Path())
