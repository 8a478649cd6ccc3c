"""The formats in which spectra are had, as SSA's FORMAT names them (SSA 1.1, section 4.1.1.5)."""

from dataclasses import dataclass

from vo_service.errors import UsageError

METADATA = "metadata"


@dataclass(frozen=True, slots=True)
class SpectrumFormat:
    """A format of single spectra.

    Attributes
    ----------
    name : str
        For RESPONSEFORMAT of `/spectra`.
    media_type : str
    aliases : tuple of str
        Other values of FORMAT, lower case.
    pixel_bytes, other_bytes : int
        Size of a file is about the first times the number of pixels, and the second.
    """

    name: str
    media_type: str
    aliases: tuple[str, ...]
    pixel_bytes: int
    other_bytes: int


SPECTRUM_FORMATS = (
    SpectrumFormat(
        "votable",
        "application/x-votable+xml",
        ("all", "compliant", "xml", "text/xml", "application/xml"),
        40,
        2_000,
    ),
    SpectrumFormat("fits", "application/fits", ("native", "image/fits"), 28, 17_000),
    SpectrumFormat("csv", "text/csv", (), 45, 30),
    SpectrumFormat("png", "image/png", ("graphic",), 0, 170_000),
    SpectrumFormat("svg", "image/svg+xml", (), 25, 300_000),
)
"""The first that FORMAT names counts."""


def find_spectrum_format(wanted: str) -> SpectrumFormat:
    """Return the format that FORMAT asks for; each spectrum is offered in one.

    Parameters
    ----------
    wanted : str
        One value, or several with commas between.

    Raises
    ------
    UsageError
        When a value is not known.
    """
    names = [_plain(name) for name in wanted.split(",")]
    known = {n: f for f in SPECTRUM_FORMATS for n in (f.name, f.media_type, *f.aliases)}
    for name in names:
        if name not in known:
            offered = ", ".join(f.name for f in SPECTRUM_FORMATS)
            raise UsageError(
                f"FORMAT '{name[:40]}' is not known; choose {offered}, all, compliant, native, "
                "graphic or metadata."
            )
    asked = [known[name] for name in names]
    return min(asked, key=SPECTRUM_FORMATS.index)


def _plain(name: str) -> str:
    return name.split(";")[0].strip().lower()
