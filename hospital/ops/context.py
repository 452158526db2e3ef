"""What every page shows, whatever it is about."""

from typing import Final

from django.http import HttpRequest

from hospital.ops.models import Installation

INTENDED_USE: Final = (
    "Secondary display of vital signs and notification for trained staff. Not a "
    "primary alarm; not for sole decisions; bedside monitors must stay audible. "
    "No delivery guarantee. Not certified."
)
"""The sentence on the sign-in page, in the README and on every print-out.

Source: clinical reference, section 6, intended-use text.
"""

_is_demo: bool | None = None


def is_demo() -> bool:
    """Whether this is the demo hospital. Asked of the database once a process.

    A database is marked before its first page is served and never unmarked, so
    only "yes" is remembered for good.
    """
    global _is_demo
    if not _is_demo:
        _is_demo = Installation.objects.filter(is_demo=True).exists()
    return _is_demo


def hospital(request: HttpRequest) -> dict[str, object]:
    """Template context of every page.

    ``is_demo`` is called by the template that asks, so that a fragment costs nothing.
    """
    return {"is_demo": is_demo, "intended_use": INTENDED_USE}
