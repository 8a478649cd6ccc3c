"""What can go wrong in an ingest run, by kind."""


class IngestError(Exception):
    """A run cannot go on; the message names what is wrong and what to do."""


class SettingsError(IngestError):
    """A setting, region or option is unknown or out of range."""


class SourceError(IngestError):
    """A source named by the user cannot be read at all."""


class RejectedSpectrum(IngestError):
    """One spectrum cannot be used; the run goes on and records the reason."""
