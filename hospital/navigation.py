"""What stands in the top bar, by role."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from hospital.accounts.models import User

CLINICAL: Final = (
    ("My wards", "my_wards"),
    ("Patients", "patients"),
    ("Devices", "devices"),
)
DESK: Final = (
    ("Admissions", "admissions"),
    ("Patients", "patients"),
    ("Devices", "devices"),
    ("Gateways", "gateways"),
    ("Places", "places"),
)
CONFIGURATION: Final = (("Configuration", "admin:index"),)


@dataclass(frozen=True, slots=True)
class Link:
    """One entry. ``current`` is what ``aria-current`` says: page, true or nothing."""

    label: str
    url: str
    current: str


def navigation(request: HttpRequest) -> dict[str, object]:
    """Template context: the links of whoever is signed in.

    A function, which the template calls, so that a fragment costs nothing.
    """
    return {"navigation": lambda: list(_links(request))}


def _links(request: HttpRequest) -> Iterator[Link]:
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return
    entries = CLINICAL if user.is_clinical else DESK if user.is_admin else ()
    for label, name in (*entries, *(CONFIGURATION if user.is_staff else ())):
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue
        here = request.path.startswith(url)
        exactly = request.path == url
        yield Link(label, url, "page" if exactly else "true" if here else "")
