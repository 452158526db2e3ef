"""Bed labels as people write them: single ones and ranges, as on the walls."""

import re
from typing import Final

MOST: Final = 100
"""More beds at once are a slip of the keyboard, not a ward."""

LONGEST: Final = 12
_RANGE: Final = re.compile(
    r"(.*?)(\d+)\s*(?:[-\u2010-\u2015]|\.\.|to)\s*(.*?)(\d+)", re.IGNORECASE
)


class UnclearLabels(ValueError):
    """Labels that could mean more than one thing; the sentence says which."""


def expand_labels(text: str) -> list[str]:
    """Return every label that ``text`` names, in its order.

    Labels are divided by commas, semicolons or lines. A range counts up with the
    digits its first label has.

    Raises:
        UnclearLabels: a range runs backwards, changes its letters, names one label
            twice, or names too many.

    >>> expand_labels("N01-N03, Side room")
    ['N01', 'N02', 'N03', 'Side room']
    >>> expand_labels("9-11")
    ['9', '10', '11']
    """
    labels: list[str] = []
    for part in re.split(r"[,;\n]", text):
        labels += _expand(" ".join(part.split()))
        if len(labels) > MOST:
            raise UnclearLabels(f"These are more than {MOST} beds. Add fewer at once.")
    for label in labels:
        if len(label) > LONGEST:
            raise UnclearLabels(f"“{label}” is longer than {LONGEST} characters.")
        if labels.count(label) > 1:
            raise UnclearLabels(f"{label} is named twice.")
    return labels


def _expand(part: str) -> list[str]:
    found = _RANGE.fullmatch(part)
    if not found:
        return [part] if part else []
    prefix, first, other_prefix, last = found.groups()
    if other_prefix and other_prefix.casefold() != prefix.casefold():
        raise UnclearLabels(
            f"“{part}” starts with {prefix or 'a number'} and ends with "
            f"{other_prefix}: write two ranges."
        )
    start, end = int(first), int(last)
    if end < start:
        raise UnclearLabels(f"“{part}” runs backwards.")
    if end - start >= MOST:
        raise UnclearLabels(f"“{part}” is more than {MOST} beds.")
    return [f"{prefix}{number:0{len(first)}}" for number in range(start, end + 1)]
