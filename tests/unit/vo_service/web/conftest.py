from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.engine import make_release
from vo_service.app import create_app
from vo_service.settings import Settings


@pytest.fixture
def app(tmp_path) -> Iterator[Flask]:
    make_release(tmp_path / "root")
    made = create_app(Settings(tmp_path / "root", tmp_path / "state"))
    yield made
    made.extensions["oddsky"].holdings.close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
