"""A run of a mock survey leaves its report in its part."""

from ingest.cli import run
from ingest.mock.survey import write_survey
from ingest.settings import IngestSettings


def test_a_part_holds_the_report_of_its_run(tmp_path):
    write_survey(tmp_path / "survey", 60, seed=4)
    settings = IngestSettings(survey="mock", regions=("sii",), planted_copies=0)
    release = run([str(tmp_path / "survey")], tmp_path / "release", settings, workers=1)
    part = release.parts[0]
    text = (part.folder / "report" / "report.html").read_text()
    assert part.part_id in text
    assert "Nothing was planted in this run" in text
    assert "“Scores of unaltered and planted spectra” is not drawn" in text
    assert (part.folder / "report" / "figure-1.png").stat().st_size > 5000
