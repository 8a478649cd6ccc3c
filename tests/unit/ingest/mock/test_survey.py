"""The survey as a whole: repeatable, honest about what is planted, with sources seen twice."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from astropy import units
from astropy.coordinates import SkyCoord

from ingest.batches import Spectrum, SpectrumBatch
from ingest.mock.oddities import KINDS, choose_rows
from ingest.mock.survey import write_survey
from ingest.prepare.normalise import coverage
from ingest.prepare.restframe import to_rest_grid
from ingest.read.mock import read_labels

from .conftest import ROWS


def test_same_rows_and_seed_give_the_same_bytes(tmp_path: Path) -> None:
    digests = []
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        write_survey(tmp_path / name, 120, seed)
        digests.append(_digests(tmp_path / name))
    assert digests[0] == digests[1]
    assert digests[0].keys() == digests[2].keys()
    shared = [name for name in digests[0] if digests[0][name] == digests[2][name]]
    assert shared == []


def test_writing_again_replaces_what_is_there(tmp_path: Path) -> None:
    write_survey(tmp_path, 60, 1)
    first = _digests(tmp_path)
    victim = next(tmp_path.glob("spec/*/*.fits"))
    victim.write_bytes(victim.read_bytes()[:1000])
    write_survey(tmp_path, 60, 1)
    assert _digests(tmp_path) == first


def test_progress_adds_up(tmp_path: Path) -> None:
    done: list[int] = []
    write_survey(tmp_path, 60, 1, done.append)
    assert sum(done) == 60
    assert len(list(tmp_path.glob("spec/*/*.fits"))) == 60


def test_labels_come_last_so_that_they_say_all_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(Exception):
        pass

    def kill(done: int) -> None:
        raise Killed

    with pytest.raises(Killed):
        write_survey(tmp_path, 60, 1, kill)
    assert read_labels(tmp_path) is None


def test_every_spectrum_has_an_id_of_its_own(spectra: list[Spectrum]) -> None:
    assert len(spectra) == ROWS
    assert len({s.facts["survey_id"] for s in spectra}) == ROWS


def test_labels_name_spectra_and_are_at_most_one_percent(
    survey: Path, spectra: list[Spectrum]
) -> None:
    labels = read_labels(survey)
    assert labels is not None
    assert 0 < labels.num_rows <= ROWS / 100
    assert set(labels["survey_id"].to_pylist()) <= {s.facts["survey_id"] for s in spectra}
    for label in labels.to_pylist():
        assert label["amplitude"] in KINDS[label["kind"]].amplitudes
        assert label["description"] == KINDS[label["kind"]].meaning


@pytest.mark.parametrize("rows", [99, 100, 2000, 10_000])
def test_planted_share(rows: int) -> None:
    planted = choose_rows(rows, np.random.default_rng(0))
    assert len(planted) == rows // 100
    assert len({odd.row for odd in planted}) == len(planted)


def test_twenty_planted_cover_all_kinds_at_two_amplitudes_and_more_cover_all() -> None:
    twenty = choose_rows(2000, np.random.default_rng(0))
    assert {odd.kind for odd in twenty} == set(KINDS)
    hundred = choose_rows(10_000, np.random.default_rng(0))
    for kind, oddity in KINDS.items():
        assert {o.amplitude for o in hundred if o.kind == kind} == set(oddity.amplitudes)
        assert len(oddity.amplitudes) > 1


def test_three_in_a_hundred_sources_are_seen_twice(spectra: list[Spectrum]) -> None:
    pairs, separation = _pairs(spectra, 2.0)
    assert len(pairs) == int(0.03 * ROWS)
    assert separation.max() < 1.0
    assert separation.min() > 0


def test_repeats_share_the_source_but_not_the_noise(spectra: list[Spectrum]) -> None:
    pairs, _ = _pairs(spectra, 1.0)
    correlations = []
    for a, b in pairs:
        one, two = _common(spectra[a], spectra[b])
        assert spectra[a].facts["z"] == pytest.approx(spectra[b].facts["z"], abs=1e-6)
        assert np.median(one) == pytest.approx(np.median(two), rel=0.05)
        # Differences of pixels three apart: what is left is noise, but for the strongest lines.
        steps = [
            np.clip(f[3:] - f[:-3], *np.percentile(f[3:] - f[:-3], [5, 95])) for f in (one, two)
        ]
        assert not np.array_equal(one, two)
        correlations.append(np.corrcoef(*steps)[0, 1])
    assert np.median(correlations) < 0.8


def test_repeats_are_never_planted(survey: Path, spectra: list[Spectrum]) -> None:
    pairs, _ = _pairs(spectra, 1.0)
    labels = read_labels(survey)
    assert labels is not None
    twice = {spectra[i].facts["survey_id"] for i in pairs.ravel()}
    assert twice.isdisjoint(labels["survey_id"].to_pylist())


def test_the_sample_is_what_the_ingest_accepts(spectra: list[Spectrum]) -> None:
    z = np.array([s.facts["z"] for s in spectra])
    sn = np.array([s.facts["sn_median"] for s in spectra])
    assert z.min() >= 0.0119
    assert np.percentile(z, 99) < 0.18
    assert sn.min() > 9
    assert sn.max() < 105
    assert np.percentile(sn, 90) > 2.5 * np.percentile(sn, 10)
    gridded = to_rest_grid(SpectrumBatch.collect(spectra))
    assert coverage(gridded.ivar).min() >= 0.85


def test_galaxies_cluster_on_the_sky(spectra: list[Spectrum]) -> None:
    sky = _sky(spectra)
    random = np.random.default_rng(0)
    sin_dec = random.uniform(*np.sin([sky.dec.min().rad, sky.dec.max().rad]), len(sky))
    ra = random.uniform(sky.ra.min().deg, sky.ra.max().deg, len(sky))
    uniform = SkyCoord(ra, np.degrees(np.arcsin(sin_dec)), unit="deg")
    close = [len(s.search_around_sky(s, 0.3 * units.deg)[0]) - len(s) for s in (sky, uniform)]
    assert close[0] > 3 * close[1]


def _digests(folder: Path) -> dict[str, str]:
    files = (p for p in folder.rglob("*.fits"))
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def _sky(spectra: list[Spectrum]) -> SkyCoord:
    return SkyCoord(*([s.facts[c] for s in spectra] for c in ("ra", "dec")), unit="deg")


def _pairs(spectra: list[Spectrum], arcsec: float) -> tuple[np.ndarray, np.ndarray]:
    sky = _sky(spectra)
    first, second, separation, _ = sky.search_around_sky(sky, arcsec * units.arcsec)
    once = first < second
    return np.stack([first, second], axis=1)[once], separation.arcsec[once]


def _common(a: Spectrum, b: Spectrum) -> tuple[np.ndarray, np.ndarray]:
    start = max(a.loglam0, b.loglam0)
    skip = [round((start - s.loglam0) / 1e-4) for s in (a, b)]
    size = min(s.flux.size - k for s, k in zip((a, b), skip, strict=True))
    one, two = (s.flux[k : k + size] for s, k in zip((a, b), skip, strict=True))
    return one, two
