"""Writing down who did what. Called explicitly, inside every action."""

from datetime import datetime

from django.db.models import Model
from django.utils import timezone

from hospital.access.models import AuditEvent
from hospital.accounts.models import User


def record(
    kind: str,
    subject: Model,
    *,
    by: User | None,
    at: datetime | None = None,
    **detail: str | int | float | bool | None,
) -> AuditEvent:
    """Write one audit row in the caller's transaction.

    ``kind`` is topic and past participle (``admission.opened``). ``at`` is aware
    and defaults to now. ``detail`` holds ids and old and new values, no prose.
    """
    return AuditEvent.objects.create(
        kind=kind,
        subject=f"{subject._meta.model_name}:{subject.pk}",
        actor=by,
        at=at or timezone.now(),
        detail=detail,
    )
