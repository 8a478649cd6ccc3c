"""Results on disk are whole or not there, and what is removed stays away."""

import json
from pathlib import Path

import numpy as np
import pytest

from ingest.resume import StageStore
from ingest.workspace import Workspace


def test_what_is_kept_comes_back_and_is_made_but_once(tmp_path: Path):
    store, made = StageStore(tmp_path), []

    def make():
        made.append(1)
        return {"x": np.arange(3)}

    assert store.make("one", make)["x"].tolist() == [0, 1, 2]
    assert store.make("one", make)["x"].tolist() == [0, 1, 2]
    assert made == [1]
    assert [p.name for p in tmp_path.iterdir()] == ["one.npz"]


def test_a_writer_that_is_killed_leaves_no_result(tmp_path: Path, monkeypatch):
    store = StageStore(tmp_path)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Path, "rename", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
        store.save("one", {"x": np.arange(3)})
    assert not store.has("one")
    store.save("one", {"x": np.arange(4)})
    assert store.load("one")["x"].size == 4


def test_costs_are_read_though_a_kill_left_half_a_line(tmp_path: Path):
    store = StageStore(tmp_path)
    store.record("first", 1.0, 100.0)
    with (tmp_path / "costs.jsonl").open("a") as stream:
        stream.write(json.dumps(["second", 2.0, 200.0])[:8])
    store.record("third", 3.0, 300.0)
    store.record("fourth", 4.0, 400.0)
    assert store.costs() == {"first": (1.0, 100.0), "fourth": (4.0, 400.0)}


def test_a_worker_thought_lost_does_not_bring_a_removed_run_back(tmp_path: Path):
    workspace = Workspace(tmp_path / "work" / "run")
    workspace.folder.mkdir(parents=True)
    stages = workspace.stages
    workspace.remove()
    with pytest.raises(FileNotFoundError):
        stages.save("late", {"x": np.arange(3)})
    with pytest.raises(FileNotFoundError):
        workspace.stages.save("late", {"x": np.arange(3)})
    assert list((tmp_path / "work").iterdir()) == []


def test_a_kill_while_a_run_is_removed_leaves_no_half_of_it(tmp_path: Path, monkeypatch):
    workspace = Workspace(tmp_path / "work" / "run")
    (workspace.folder / "reference").mkdir(parents=True)
    with monkeypatch.context() as patch:
        patch.setattr("ingest.workspace.shutil.rmtree", lambda *_, **__: None)
        workspace.remove()
    assert not workspace.folder.exists()
    workspace.remove()
    assert list((tmp_path / "work").iterdir()) == []
