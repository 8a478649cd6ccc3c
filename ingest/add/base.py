"""What new spectra are added to: the release that is served, and the models it was made with."""

from dataclasses import dataclass
from pathlib import Path

from ingest.errors import IngestError
from ingest.models import lacks_models
from ingest.plan import Plan
from ingest.settings import read_settings
from ingest.store import Part, Release, current_release, open_tables

ANEW = "ingest the spectra of both together"


@dataclass(frozen=True, slots=True)
class Base:
    """A release that spectra can be added to.

    Attributes
    ----------
    release : Release
    part : Part
        What the last ingest made.
    plan : Plan
        By which its models were made.
    """

    release: Release
    part: Part
    plan: Plan

    @property
    def models(self) -> Path:
        """The folder of its models."""
        return self.part.folder / "models"

    @property
    def parts(self) -> list[Part]:
        """The parts that hold spectra: what was ingested, and what was added."""
        return [part for part in self.release.parts if part.kind in ("ingest", "add")]

    def check_survey(self, survey: str) -> None:
        """Refuse spectra of another survey, which would all be strange.

        Raises
        ------
        IngestError
        """
        with open_tables(self.part) as db:
            ((theirs,),) = db.sql("SELECT survey FROM oddsky.releases").fetchall()
        if survey != theirs:
            raise IngestError(
                f"The release holds spectra of '{theirs}' and these are of '{survey}': its models "
                f"do not know them. Ingest them into a directory of their own, or {ANEW}."
            )


def open_base(root: Path) -> Base:
    """Open the release that is served in a directory.

    Raises
    ------
    IngestError
        When there is none, or it keeps no models of this version.
    """
    release = current_release(root)
    parts = [part for part in release.parts if part.kind == "ingest"] if release else []
    if release is None or not parts:
        raise IngestError(
            f"{root} holds no ingested spectra to add to; start with oddsky ingest --into {root}."
        )
    plan = Plan.make(read_settings(None, **parts[0].info["settings"]), controlled=False)
    base = Base(release, parts[0], plan)
    if lacks_models(base.models, plan.kept):
        raise IngestError(
            f"The release in {root} keeps no models that this version can use; {ANEW}."
        )
    return base
