"""Times and amounts in the words people use for them."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

MINUTE: Final = 60
HOUR: Final = 3600
DAY: Final = 24 * HOUR

Wording = Callable[[datetime, datetime], str]
"""Puts an instant into words, as seen from another: ``ago`` or ``ahead``."""


def span(seconds: float) -> str:
    """Return a length of time in its largest whole unit, rounded down.

    >>> span(12.7), span(119), span(7200), span(172800)
    ('12 s', '1 min', '2 h', '2 days')
    """
    seconds = abs(seconds)
    if seconds < MINUTE:
        return f"{int(seconds)} s"
    if seconds < HOUR:
        return f"{int(seconds // MINUTE)} min"
    if seconds < 2 * DAY:
        return f"{int(seconds // HOUR)} h"
    return f"{int(seconds // DAY)} days"


def ago(moment: datetime, now: datetime) -> str:
    """Return how long ago an aware instant was; one to come is just now.

    >>> from datetime import UTC
    >>> ago(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 1, tzinfo=UTC))
    '1 h ago'
    """
    seconds = (now - moment).total_seconds()
    return f"{span(seconds)} ago" if seconds >= 1 else "just now"


def ahead(moment: datetime, now: datetime) -> str:
    """Return how long it is to an aware instant, and "over" once it has come."""
    seconds = (moment - now).total_seconds()
    return f"in {span(seconds)}" if seconds > 0 else "over"
