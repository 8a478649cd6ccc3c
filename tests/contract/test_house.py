"""The house: what is loaded by what, and what is published."""

import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import ingest.published
from ingest.published.objects import objects_table
from ingest.subspaces import read_regions
from vo_service.release.table import Table, check_table
from vo_service.release.tap_schema import TABLES

HEADLINE = [("halpha", "H-alpha")]
MODULES = [
    importlib.import_module(f"ingest.published.{m.name}")
    for m in pkgutil.iter_modules(ingest.published.__path__)
]
PUBLISHED = [
    *(objects_table(survey, read_regions(), HEADLINE) for survey in ("sdss", "mock")),
    *dict.fromkeys(t for m in MODULES for t in vars(m).values() if isinstance(t, Table)),
]
LEARNING = {"sklearn", "umap", "numba", "faiss", "ingest", "sampclient"}


def modules_loaded_by(module: str) -> set[str]:
    code = f"import sys, {module}; print(' '.join(sys.modules))"
    return set(subprocess.check_output([sys.executable, "-c", code], text=True).split())


def test_the_service_loads_no_learning_library():
    assert not LEARNING & modules_loaded_by("vo_service.app")


def test_the_service_loads_no_bokeh_but_sends_its_scripts():
    assert "bokeh" not in modules_loaded_by("vo_service.app")


def test_the_release_contract_loads_no_web():
    assert not {"flask", "lark", "sqlalchemy.orm"} & modules_loaded_by("vo_service.release.release")


def test_the_command_line_answers_without_loading_either():
    loaded = modules_loaded_by("vo_service.cli")
    assert not (LEARNING | {"flask", "duckdb"}) & loaded


def test_ingest_meets_the_service_in_two_places():
    users = {
        path.relative_to("ingest").parts[0]
        for path in Path("ingest").rglob("*.py")
        if any(
            line.startswith(("from vo_service", "import vo_service"))
            for line in path.read_text().splitlines()
        )
    }
    assert users <= {"store.py", "published"}


@pytest.mark.parametrize("table", PUBLISHED, ids=lambda t: t.full_name)
def test_every_published_column_is_described(table):
    check_table(table)


@pytest.mark.parametrize("table", [*PUBLISHED, *TABLES], ids=lambda t: t.full_name)
def test_keys_lead_from_columns_that_exist(table):
    known = {t.full_name: {f.name for f in t.fields} for t in (*PUBLISHED, *TABLES)}
    for key in table.keys:
        for here, there in key.columns:
            assert here in known[table.full_name]
            assert there in known[key.target]


@pytest.mark.parametrize("table", PUBLISHED, ids=lambda t: t.full_name)
def test_templates_use_columns_of_their_table(table):
    names = {f.name for f in table.fields} | {"base", "authority"}
    for field in table.fields:
        used = {piece.split("}")[0] for piece in field.template.split("{")[1:]}
        assert used <= names


def test_modules_and_functions_keep_to_their_size():
    import ast

    for path in Path("vo_service").rglob("*.js"):
        assert path.read_text().count("\n") <= 300, f"{path} has more than 300 lines"
    for folder in ("vo_service", "ingest", "sampclient"):
        for path in Path(folder).rglob("*.py"):
            text = path.read_text()
            assert text.count("\n") <= 300, f"{path} has more than 300 lines"
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.FunctionDef):
                    body = node.body[1:] if ast.get_docstring(node) else node.body
                    size = body[-1].end_lineno - body[0].lineno + 1 if body else 0
                    assert size <= 40, f"{path}:{node.lineno} {node.name} has {size} lines"
