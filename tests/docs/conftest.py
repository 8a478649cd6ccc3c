"""What the documentation starts is nobody else's."""

import pytest


@pytest.fixture(autouse=True)
def private_samp(tmp_path, monkeypatch) -> None:
    """Point every SAMP library at a lock file that nobody else knows."""
    monkeypatch.setenv("SAMP_HUB", f"std-lockurl:file://{tmp_path / 'samp-lock'}")
