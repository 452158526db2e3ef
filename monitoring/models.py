"""All models of this app, so that Django finds them; each lives in its topic."""

from monitoring.readings.models import (
    LatestValues,
    MinuteSummary,
    Reading,
    Silence,
    StruckOutValue,
)

__all__ = ["LatestValues", "MinuteSummary", "Reading", "Silence", "StruckOutValue"]
