"""Pictures: their size, what they show, and that they are the same each time."""

import io
import re
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest
from lxml import etree
from matplotlib.image import imread

from vo_service.formats.preview import MODEL, SHADE, Size, encode_preview
from vo_service.formats.preview_axes import Panel, place_labels, round_limits
from vo_service.formats.result import Param, Result
from vo_service.release.field import Field

LINES = (("H-alpha", 6564.6, "emission"), ("[N II] 6585", 6585.3, "emission"), ("far", 9e4, "x"))
WAVE = np.linspace(6000.0, 7000.0, 500)


FLAT = pa.table(dict.fromkeys(("wave", "flux", "ivar"), WAVE))


def said(name: str, role: str, value: object) -> Param:
    return Param(Field(name, "char", arraysize="*", role=role), value)


FACTS = (
    said("obj_id", "id", 12),
    said("frame", "", "rest"),
    said("name", "name", "SDSS J1"),
    said("z", "redshift", 0.1),
    said("n_spectra", "spectra", 100),
    said("nad_rank", "oddness:nad", 1),
    said("nad_lo", "region:nad:lo", 6100.0),
    said("nad_hi", "region:nad:hi", 6200.0),
    said("whole_lo", "region:whole:lo", 6000.0),
    said("whole_hi", "region:whole:hi", 7000.0),
)


def result(params: tuple[Param, ...] = FACTS, **changed: np.ndarray) -> Result:
    columns = {
        "wave": WAVE,
        "flux": 5 + np.exp(-0.5 * ((WAVE - 6564.6) / 5) ** 2) * 40,
        "ivar": np.full(WAVE.size, 4.0),
        "model": np.full(WAVE.size, 5.0),
        "residual": np.zeros(WAVE.size),
    } | changed
    fields = tuple(Field(name, "double") for name in columns)
    return Result(fields, iter([pa.record_batch(columns)]), params=params)


def picture(kind: str = "svg", size: Size | None = None, **changed) -> bytes:
    return b"".join(encode_preview(result(**changed), kind, size or Size(), LINES))


def texts(svg: bytes) -> str:
    return " ".join(etree.fromstring(svg).itertext())


def colours(svg: bytes) -> set[str]:
    return set(re.findall(r"#[0-9a-f]{6}", svg.decode()))


@pytest.mark.parametrize("size", [Size(), Size(240, 120), Size(801, 333)])
def test_a_picture_has_the_size_that_is_asked_for(size):
    assert imread(io.BytesIO(picture("png", size))).shape[:2] == (size.height, size.width)


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_the_same_spectrum_has_the_same_picture(kind):
    assert picture(kind) == picture(kind)
    assert picture(kind) != picture(kind, flux=np.full(WAVE.size, 3.0))


def test_it_tells_name_redshift_rank_and_lines():
    said = texts(picture())
    for words in ("SDSS J1", "z = 0.1000", "nad 1", "of 100", "H-alpha", "[N II] 6585", "residual"):
        assert words in said
    assert "far" not in said, "a line outside the spectrum"


def test_lines_and_regions_move_with_the_redshift():
    others = (p for p in FACTS if p.field.name != "frame")
    observed = (*others, said("frame", "", "observed"))
    panel = Panel.read(result(observed), FLAT, LINES)
    assert panel.lines[0][1] == pytest.approx(1.1 * 6564.6)
    assert [(s.name, s.lo, s.hi) for s in panel.regions] == [
        ("nad", pytest.approx(6710), pytest.approx(6820))
    ]
    nowhere = tuple(p for p in observed if p.field.role != "redshift")
    panel = Panel.read(result(nowhere), FLAT, LINES)
    assert panel.lines == panel.regions == ()


def test_the_strangest_region_is_shaded_most():
    ranks = (1, 10, 100, None)
    shades = []
    for rank in ranks:
        facts = tuple(p for p in FACTS if p.field.role != "oddness:nad")
        facts += (said("nad_rank", "oddness:nad", rank),)
        panel = Panel.read(result(facts), FLAT, ())
        shades.append(panel.regions[0].oddness)
    assert shades == [1, pytest.approx(0.5), pytest.approx(0), 0]


def test_a_model_is_drawn_where_there_is_one():
    assert MODEL in colours(picture())
    nothing = np.full(WAVE.size, np.nan)
    without = picture(model=nothing, residual=nothing)
    assert MODEL not in colours(without)
    assert "residual" not in texts(without)
    assert SHADE in colours(without)


def test_a_thumbnail_has_no_words():
    small = etree.fromstring(picture(size=Size(240, 120)))
    assert not list(small.iter("{http://www.w3.org/2000/svg}text"))


@pytest.mark.parametrize("ivar", [np.zeros(WAVE.size), np.where(WAVE < 6500, 4.0, 0)])
def test_gaps_are_borne(ivar):
    assert picture("png", ivar=ivar, flux=np.where(ivar > 0, 5.0, np.nan))


def test_a_bad_pixel_does_not_set_the_limits():
    flux, error = np.full(500, 5.0), np.full(500, 0.5)
    flux[7], error[7] = 1e6, np.nan
    panel = Panel(WAVE, flux, error, None, None, (), (), "", "", "")
    assert round_limits(panel)[1] < 10
    flux[8] = 60.0  # a line, well measured
    assert round_limits(panel)[1] > 60


@pytest.mark.parametrize("count", [0, 1, 5, 40])
def test_labels_do_not_meet_and_stay_near(count):
    waves = np.sort(np.random.default_rng(count).uniform(0, 1000, count))
    placed = place_labels(waves, 20.0, 0.0, 1000.0)
    assert (np.diff(placed) >= 20 - 1e-9).all()
    assert ((placed >= 0) & (placed <= 1000)).all()
    far = place_labels(np.array([100.0, 500.0]), 20.0, 0.0, 1000.0)
    assert far.tolist() == [100, 500], "labels with room stay at their lines"


def test_labels_that_meet_are_centred_on_their_lines():
    assert place_labels(np.array([500.0, 501.0]), 21.0, 0.0, 1000.0) == pytest.approx([490, 511])


def test_the_service_loads_no_matplotlib_before_the_first_picture():
    code = "import sys, vo_service.app; print('matplotlib' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"
