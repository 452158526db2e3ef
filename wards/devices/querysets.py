"""Devices, narrowed by state, signal and use, and with what a list shows."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Subquery, Value
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Greatest

from hospital.accounts.models import User
from wards.places.models import Ward

if TYPE_CHECKING:
    from wards.devices.models import Device  # noqa: F401  named in a string


class DeviceQuerySet(models.QuerySet["Device"]):
    """Devices, narrowed by state and assignment."""

    def in_service(self) -> "DeviceQuerySet":
        """Those that may post and be given to a patient."""
        from wards.devices.models import Device

        return self.filter(status=Device.Status.IN_SERVICE)

    def free(self) -> "DeviceQuerySet":
        """In service and with no patient."""
        from wards.admissions.models import DeviceAssignment

        return self.in_service().exclude(
            pk__in=DeviceAssignment.objects.open().values("device_id")
        )

    def assigned(self) -> "DeviceQuerySet":
        """With a patient now."""
        from wards.admissions.models import DeviceAssignment

        return self.filter(pk__in=DeviceAssignment.objects.open().values("device_id"))

    def heard(self, *, at: datetime) -> "DeviceQuerySet":
        """Those that were not silent at an aware instant."""
        return self.filter(contact__last_heard_at__gte=_silent_before(at))

    def silent(self, *, at: datetime) -> "DeviceQuerySet":
        """In service, heard once, and by ``Device.silent_after`` silent since."""
        return self.in_service().filter(contact__last_heard_at__lt=_silent_before(at))

    def never_heard(self) -> "DeviceQuerySet":
        """Those that have posted nothing so far."""
        return self.filter(contact__last_heard_at=None)

    def for_list(self, user: User) -> "DeviceQuerySet":
        """With contact, and whom each is with as far as ``user`` may know.

        ``is_assigned`` says whether it is with a patient at all. ``ward_name`` and
        ``bed_label`` say where: to the desk always, to nurses and doctors on wards
        of theirs.
        """
        from wards.admissions.models import BedStay, DeviceAssignment

        held = DeviceAssignment.objects.open().filter(device=OuterRef("pk"))
        stay = BedStay.objects.open().filter(
            admission__device_assignments__device=OuterRef("pk"),
            admission__device_assignments__ended_at=None,
        )
        if not user.is_admin:
            stay = stay.filter(bed__ward__in=Ward.objects.visible_to(user))
        return self.select_related("contact").annotate(
            is_assigned=Exists(held),
            ward_name=Subquery(stay.values("bed__ward__name")[:1]),
            bed_label=Subquery(stay.values("bed__label")[:1]),
        )


def _silent_before(at: datetime) -> CombinedExpression:
    """Last sign of life before which a device counts as silent: see ``stale_after``."""
    seconds = Greatest(
        F("expected_interval") * settings.STALE_AFTER_INTERVALS,
        Value(settings.STALE_AFTER_AT_LEAST_SECONDS),
    )
    patience = Func(
        seconds,
        template="make_interval(secs => %(expressions)s)",
        output_field=models.DurationField(),
    )
    return Value(at, output_field=models.DateTimeField()) - patience
