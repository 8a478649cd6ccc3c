"""Counts of components: the rank that was put in, whatever noise and gaps do."""

import numpy as np
import pytest

from ingest.maps.component_count import choose_count

N_SPEC, N_PIX = 300, 160


def survey(rank, noise=0.02, seed=0):
    random = np.random.default_rng(seed)
    x = np.linspace(0, 1, N_PIX)
    shapes = np.array([np.sin((i + 1) * np.pi * x) for i in range(rank)]).reshape(rank, N_PIX)
    flux = 1 + 0.1 * random.standard_normal((N_SPEC, rank)) @ shapes
    flux = flux + noise * random.standard_normal(flux.shape)
    return flux.astype("f4"), np.full(flux.shape, noise**-2, "f4")


@pytest.mark.parametrize("rank", [1, 3, 9])
def test_the_rank_that_was_put_in_is_found(rank):
    count, curve = choose_count(*survey(rank), np.arange(N_SPEC), 1, 30)
    assert count == rank
    assert curve.shape == (31,)
    # Noise, and that of nine components solved from the pixels that are shown.
    assert -0.2 < curve[rank] < 0.25 < curve[rank - 1]


def test_noise_alone_deserves_no_more_than_one():
    assert choose_count(*survey(0), np.arange(N_SPEC), 1, 30)[0] == 1


def test_more_noise_hides_components():
    random = np.random.default_rng(0)
    x = np.linspace(0, 1, N_PIX)
    shapes = np.array([np.sin((i + 1) * np.pi * x) for i in range(12)])
    clean = 1 + (random.standard_normal((N_SPEC, 12)) * 0.3 ** np.arange(12)) @ shapes
    counts = []
    for noise in (1e-4, 1e-1):
        flux = clean + noise * random.standard_normal(clean.shape)
        ivar = np.full(flux.shape, noise**-2, "f4")
        counts.append(choose_count(flux.astype("f4"), ivar, np.arange(N_SPEC), 1, 20)[0])
    assert counts[0] >= 8
    assert counts[1] <= 4


def test_noise_that_neighbours_share_counts_for_nothing():
    flux, ivar = survey(3)
    noise = np.random.default_rng(8).standard_normal((N_SPEC, N_PIX + 1)).astype("f4")
    flux = flux + 0.03 * (noise[:, 1:] + noise[:, :-1])
    assert choose_count(flux, np.full_like(ivar, 450), np.arange(N_SPEC), 1, 30)[0] == 3


def test_gaps_change_little():
    flux, ivar = survey(5)
    ivar[np.random.default_rng(3).random(ivar.shape) < 0.1] = 0
    assert choose_count(np.where(ivar > 0, flux, 0), ivar, np.arange(N_SPEC), 1, 30)[0] == 5


def test_the_same_again_and_never_beyond_the_limit():
    flux, ivar = survey(9)
    one, other = (choose_count(flux, ivar, np.arange(N_SPEC), 4, 6) for _ in range(2))
    assert one[0] == other[0] == 6
    assert one[1].tobytes() == other[1].tobytes()


def test_a_source_is_never_fitted_and_held_out():
    """Each spectrum stands twice: noise that is fitted would predict itself."""
    flux, ivar = survey(2)
    twice = np.repeat(flux[: N_SPEC // 2], 2, axis=0)
    sources = np.repeat(np.arange(N_SPEC // 2), 2)
    assert choose_count(twice, ivar, sources, 1, 30)[0] == 2


@pytest.mark.parametrize("n", [0, 1, 2, 19])
def test_too_few_spectra_take_what_they_allow(n):
    flux, ivar = survey(3)
    count, curve = choose_count(flux[:n], ivar[:n], np.arange(n), 1, 10)
    assert count == max(1, min(10, n - 1))
    assert curve.size == 0
