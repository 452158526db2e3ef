"""Reading what a chooser sends, whatever it is: it comes before any form judges."""

from hashlib import blake2b
from typing import Final

from django.http import QueryDict

LONGEST_TEXT: Final = 100


def number(value: str | None) -> int | None:
    """Return a row's number as a form sends it, None for anything else."""
    is_number = value and value.isascii() and value.isdigit() and len(value) < 19
    return int(value) if value and is_number else None


def text(sent: QueryDict, name: str) -> str:
    """Return what was typed, without what no database can hold.

    Every word is searched for in several columns, so no more is taken than anybody
    types: a pasted novel would keep the database busy for minutes.
    """
    return sent.get(name, "")[:LONGEST_TEXT].replace("\x00", "").strip()


def fingerprint(*parts: object) -> str:
    """Short text that differs when what is shown would differ."""
    return blake2b(repr(parts).encode(), digest_size=8).hexdigest()
