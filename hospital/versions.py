"""Two people editing one record: the second is told, never silently the winner."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from django.db.models import Model

from hospital.access.refusals import NotPossible


def version_of(record: Model, fields: Iterable[str]) -> str:
    """Return a short fingerprint of what these fields hold now.

    A form carries it from the moment it was shown; the action compares it, under
    the record's lock, with what is stored.
    """
    values = [
        record._meta.get_field(name).value_to_string(record)  # type: ignore[union-attr]
        for name in fields
    ]
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:20]


def check_unchanged(stored: Model, fields: Iterable[str], seen: str) -> None:
    """Let a change pass only if it was made looking at what is stored.

    Raises:
        NotPossible: somebody else changed the record since.
    """
    if version_of(stored, fields) != seen:
        raise NotPossible(
            "Somebody else changed this record while you were editing it. Nothing of "
            "yours was saved. Look at the record as it is now, and make your change "
            "again."
        )


def changes(
    before: Model, after: Model, fields: Iterable[str]
) -> dict[str, tuple[str, str]]:
    """Return what differs, as field name to its old and new value in text."""
    pairs = {
        name: tuple(
            record._meta.get_field(name).value_to_string(record)  # type: ignore[union-attr]
            for record in (before, after)
        )
        for name in fields
    }
    return {name: (old, new) for name, (old, new) in pairs.items() if old != new}


def as_detail(changed: dict[str, tuple[str, str]]) -> dict[str, Any]:
    """Return changes the way the audit keeps them: names, then old and new values."""
    detail: dict[str, Any] = {"changed": ", ".join(changed)}
    for name, (old, new) in changed.items():
        detail |= {f"{name}.old": old, f"{name}.new": new}
    return detail
