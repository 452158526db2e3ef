"""What a device tells of itself, in words."""

from typing import Final

from hospital.words import span

ON_TIME_SECONDS: Final = 1.0
"""A clock this close is on time: posts are not delivered more evenly than that."""
DRIFT_SECONDS: Final = 60.0
"""A clock further off than this is to be set (clinical reference, section 4)."""


def skew_in_words(skew: float | None) -> str:
    """Return how far a device's clock is off, in seconds ahead of ours, in words.

    >>> skew_in_words(12.4), skew_in_words(-90), skew_in_words(0.4)
    ('12 s ahead', '1 min behind', 'on time')
    >>> skew_in_words(None)
    'not known'
    """
    if skew is None:
        return "not known"
    if abs(skew) < ON_TIME_SECONDS:
        return "on time"
    return f"{span(skew)} {'ahead' if skew > 0 else 'behind'}"


def is_drifted(skew: float | None) -> bool:
    """Whether a clock is so far off that somebody should set it."""
    return skew is not None and abs(skew) > DRIFT_SECONDS
