"""Readings as they came, their minute summaries, and what was struck out.

`design.md` section 5 is the law here: one instant of one device is the key,
nothing is altered by a second post, and nothing clinical is ever deleted by a user.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from hospital.accounts.models import User
from monitoring.vitals import VITAL_NAMES
from wards.admissions.models import Admission
from wards.devices.models import Device


class ReadingQuerySet(models.QuerySet["Reading"]):
    """Readings, narrowed by who may see them."""

    def of_admission(self, admission: Admission) -> "ReadingQuerySet":
        """Those taken while the admission held their device."""
        return self.filter(admission=admission)

    def visible_to(self, user: User) -> "ReadingQuerySet":
        """Those of patients who lie on a ward of ``user`` now."""
        return self.filter(admission__in=Admission.objects.visible_to(user))


class Reading(models.Model):
    """One instant of one device: any subset of the vitals, in registry units.

    ``at`` is the device's own time, ``received_at`` ours, ``changed_at`` when the row
    was last added to (a second post may bring vitals the first lacked). ``off`` has a
    bit for every vital the device said it has no value for (``vitals.off_bit``).
    ``is_late`` marks what was older than a minute on arrival.

    Stored in one partition a UTC day, made ahead and dropped after
    ``READING_RETENTION_DAYS``. Device and admission carry no foreign key in the
    database: neither is ever deleted, and checking them would cost more than the
    insert itself (decision 0004).
    """

    pk = models.CompositePrimaryKey("device_id", "at")
    device = models.ForeignKey(
        Device, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    admission = models.ForeignKey(
        Admission,
        models.DO_NOTHING,
        related_name="+",
        null=True,
        db_constraint=False,
        db_index=False,
    )
    is_late = models.BooleanField(default=False)
    off = models.IntegerField(default=0)
    heart_rate = models.FloatField(null=True)
    pulse_rate = models.FloatField(null=True)
    spo2 = models.FloatField(null=True)
    respiratory_rate = models.FloatField(null=True)
    systolic = models.FloatField(null=True)
    diastolic = models.FloatField(null=True)
    mean_pressure = models.FloatField(null=True)
    temperature = models.FloatField(null=True)
    etco2 = models.FloatField(null=True)
    glucose = models.FloatField(null=True)
    weight = models.FloatField(null=True)

    objects = ReadingQuerySet.as_manager()

    class Meta:
        managed = False  # partitioned: made by SQL in the first migration
        db_table = "monitoring_reading"
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"Reading of {self.device_id} at {self.at:%Y-%m-%d %H:%M:%S}"


class LatestValues(models.Model):
    """The newest value of every vital of one device, for the patient it is with now.

    ``values`` maps a vital's name to ``[value, at, received_at]``: the value in
    registry units (``null``: the device says it has none), and two instants in
    milliseconds since 1970 UTC. When the device goes to another patient the map
    starts empty: one patient's numbers are never shown as another's.
    """

    device = models.OneToOneField(
        Device, models.PROTECT, primary_key=True, related_name="latest"
    )
    admission = models.ForeignKey(
        Admission, models.PROTECT, null=True, related_name="+", db_index=False
    )
    values = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"Latest values of {self.device_id}"


def _summary_columns() -> dict[str, models.Field]:  # type: ignore[type-arg]
    columns: dict[str, models.Field] = {}  # type: ignore[type-arg]
    for name in VITAL_NAMES:
        columns[f"{name}_min"] = models.FloatField(null=True)
        columns[f"{name}_max"] = models.FloatField(null=True)
        columns[f"{name}_mean"] = models.FloatField(null=True)
        columns[f"{name}_count"] = models.IntegerField(null=True)
    return columns


class MinuteSummaryBase(models.Model):
    """What a minute summary has beside its vitals' columns."""

    device = models.ForeignKey(Device, models.PROTECT, related_name="+", db_index=False)
    admission = models.ForeignKey(
        Admission, models.PROTECT, null=True, related_name="+", db_index=False
    )
    minute = models.DateTimeField()

    class Meta:
        abstract = True


MinuteSummary = type(
    "MinuteSummary",
    (MinuteSummaryBase,),
    {
        "__module__": __name__,
        "__qualname__": "MinuteSummary",
        "__doc__": """One UTC minute of one device for one patient, kept for good.

    For every vital ``<name>_min``, ``_max``, ``_mean`` and ``_count``, all null
    where the minute has no value of it. Struck-out values are left out. A minute
    in which the device changed patients has a row for each.
    """,
        "Meta": type(
            "Meta",
            (),
            {
                "constraints": [
                    # NULLS NOT DISTINCT would say it, from PostgreSQL 15 on.
                    models.UniqueConstraint(
                        F("device"),
                        F("minute"),
                        Coalesce(F("admission"), Value(0)),
                        name="summary_once_a_minute",
                    )
                ],
                "indexes": [
                    models.Index(
                        fields=["admission", "minute"], name="summary_by_admission"
                    )
                ],
            },
        ),
        **_summary_columns(),
    },
)


class StruckOutValue(models.Model):
    """A value somebody declared wrong. The reading itself stays as it came."""

    device = models.ForeignKey(Device, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    vital = models.CharField(max_length=20)
    value = models.FloatField()
    admission = models.ForeignKey(
        Admission, models.PROTECT, related_name="struck_out_values"
    )
    reason = models.CharField(max_length=200)
    struck_out_at = models.DateTimeField(default=timezone.now)
    struck_out_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["device", "at", "vital"],
                name="value_struck_out_once",
                violation_error_message="That value is struck out already.",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="value_struck_out_with_reason",
                violation_error_message="Say why the value is wrong.",
            ),
            models.CheckConstraint(
                condition=Q(vital__in=VITAL_NAMES), name="value_struck_out_is_a_vital"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.vital} of {self.device_id} struck out"


class SilenceQuerySet(models.QuerySet["Silence"]):
    """Silences, narrowed by state."""

    def open(self) -> "SilenceQuerySet":
        """Those that last."""
        return self.filter(ended_at=None)


class Silence(models.Model):
    """A time in which a device with a patient posted nothing though it should have.

    ``began_at`` is when it was last heard, ``noticed_at`` when the clock found out.
    """

    device = models.ForeignKey(Device, models.PROTECT, related_name="silences")
    began_at = models.DateTimeField()
    noticed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = SilenceQuerySet.as_manager()

    class Meta:
        ordering = ["-began_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["device"],
                condition=Q(ended_at=None),
                name="silence_one_open_per_device",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gte=F("began_at")),
                name="silence_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"Silence of {self.device_id}"
