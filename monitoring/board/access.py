"""Who may look at a ward or a patient now, asked anew for as long as they look."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from django.conf import settings
from django.contrib import auth
from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.http import HttpRequest

from hospital.accounts.models import User
from wards.admissions.models import BedStay
from wards.places.models import Ward


@dataclass(frozen=True, slots=True)
class Place:
    """What an open screen looks at: a ward, or one stay that lies on it now."""

    ward: Ward
    admission_id: int | None = None


@dataclass(frozen=True, slots=True)
class Permitted:
    """Somebody who may look, and at what."""

    user_id: int
    place: Place


Finder = Callable[[User], Place | None]


def find_ward(slug: str) -> Finder:
    """Return what finds a ward for those who may see it."""

    def find(user: User) -> Place | None:
        ward = Ward.objects.visible_to(user).filter(slug=slug).first()
        return Place(ward) if ward else None

    return find


def find_patient(patient_id: int) -> Finder:
    """Return what finds a patient's present stay for those who may see it."""

    def find(user: User) -> Place | None:
        stay = visible_stays(user).filter(admission__patient=patient_id).first()
        return Place(stay.bed.ward, stay.admission_id) if stay else None

    return find


def visible_stays(user: User) -> QuerySet[BedStay]:
    """Return the open bed stays on wards of ``user``, with who lies there and why."""
    return (
        BedStay.objects.open()
        .filter(
            admission__discharged_at=None, bed__ward__in=Ward.objects.visible_to(user)
        )
        .select_related("bed__ward", "admission__patient")
    )


def permitted(session_key: str | None, find: Finder) -> Permitted | None:
    """Return what a session may look at now, or None. Three queries at most."""
    user = current_user(session_key)
    if not isinstance(user, User):
        return None
    place = find(user)
    return Permitted(user.pk, place) if place else None


def current_user(session_key: str | None) -> User | AnonymousUser:
    """Return whoever a session stands for now, not when its socket opened.

    Anonymous once the session has ended or expired, the password has changed or
    the account is disabled.
    """
    request = HttpRequest()
    engine = import_module(settings.SESSION_ENGINE)
    request.session = engine.SessionStore(session_key)
    user = auth.get_user(request)
    return user if isinstance(user, User) and user.is_active else AnonymousUser()
