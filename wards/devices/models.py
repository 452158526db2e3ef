"""Monitors, the gateways that speak for several, and their keys."""

from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.utils import timezone

from wards.devices.querysets import DeviceQuerySet


class Device(models.Model):
    """One piece of equipment that posts readings. Never deleted, only retired."""

    class Status(models.TextChoices):
        IN_SERVICE = "in_service", "In service"
        MAINTENANCE = "maintenance", "Maintenance"
        RETIRED = "retired", "Retired"

    class Kind(models.TextChoices):
        BEDSIDE = "bedside", "Bedside monitor"
        WEARABLE = "wearable", "Wearable sensor"
        SPOT_CHECK = "spot_check", "Spot-check monitor"
        OTHER = "other", "Other"

    SETTINGS_FIELDS: ClassVar[tuple[str, ...]] = (
        "model",
        "kind",
        "expected_interval",
        "episodic_interval",
    )
    """What may be changed of a device. Its serial is who it is: that never is."""

    serial = models.CharField(max_length=64, unique=True)
    model = models.CharField(max_length=80, help_text="Maker and model.")
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.BEDSIDE)
    expected_interval = models.FloatField(
        "expected interval (seconds)",
        default=5.0,
        validators=[MinValueValidator(0.1), MaxValueValidator(86_400)],
        help_text="How often it posts. Silence is judged by this.",
    )
    episodic_interval = models.FloatField(
        "interval of cuff and other spot measurements (seconds)",
        default=3600.0,
        validators=[MinValueValidator(1), MaxValueValidator(7 * 86_400)],
        help_text="How often it is set to take a blood pressure and the like.",
    )
    status = models.CharField(max_length=12, choices=Status, default=Status.IN_SERVICE)
    added_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = DeviceQuerySet.as_manager()

    class Meta:
        ordering = ["serial"]
        constraints = [
            models.CheckConstraint(
                condition=Q(expected_interval__gt=0) & Q(episodic_interval__gt=0),
                name="device_intervals_are_positive",
                violation_error_message="An interval must be more than zero.",
            ),
        ]

    def __str__(self) -> str:
        return self.serial

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the device; a new one gets the contact row that locks its signal."""
        is_new = self._state.adding
        with transaction.atomic():
            super().save(*args, **kwargs)
            if is_new:
                DeviceContact.objects.create(device=self)

    @property
    def silent_after(self) -> float:
        """Seconds without a post after which the device counts as silent."""
        return stale_after(self.expected_interval)

    def is_silent(self, *, at: datetime) -> bool:
        """Whether it should post and, heard once, has not at an aware instant."""
        last = self.contact.last_heard_at
        return (
            self.status == self.Status.IN_SERVICE
            and last is not None
            and (at - last).total_seconds() > self.silent_after
        )


def stale_after(interval: float) -> float:
    """Seconds after which something expected every ``interval`` seconds is stale.

    k times the expected interval of that very device, never a constant for all
    (clinical reference, section 4), and never less than a network's hiccup.
    """
    return max(
        settings.STALE_AFTER_INTERVALS * interval,
        settings.STALE_AFTER_AT_LEAST_SECONDS,
    )


class DeviceContact(models.Model):
    """What a device last told of itself. Written by the device endpoint only.

    Kept apart from the device because it changes with every post. Its row is the
    lock for everything about the device's signal: the endpoint holds it while it
    stores readings, an action that moves the device holds it while it does so, and
    therefore no reading is ever attributed to the wrong patient.

    ``clock_skew`` is in seconds, device clock minus ours, judged from the quickest
    delivery of the last minutes, so that a slow network does not look like a clock
    that is behind. ``quickest_now`` and ``quickest_before`` are the quickest
    deliveries (receive time minus device time) of the present and the previous
    window, the present one begun at ``window_began_at``.
    """

    device = models.OneToOneField(
        Device, models.PROTECT, primary_key=True, related_name="contact"
    )
    last_heard_at = models.DateTimeField(null=True)
    last_reading_at = models.DateTimeField(null=True)
    battery_percent = models.FloatField(null=True)
    firmware = models.CharField(max_length=64, blank=True)
    clock_skew = models.FloatField(null=True)
    quickest_now = models.FloatField(null=True)
    quickest_before = models.FloatField(null=True)
    window_began_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"Contact of {self.device_id}"

    @classmethod
    def lock(cls, *device_ids: int) -> None:
        """Hold these devices' signal until the end of the transaction."""
        list(
            cls.objects.select_for_update()
            .filter(pk__in=device_ids)
            .order_by("pk")
            .values_list("pk")
        )


class GatewayQuerySet(models.QuerySet["Gateway"]):
    """Gateways, with what a list shows."""

    def for_list(self) -> "GatewayQuerySet":
        """With ``device_count``, ``has_key`` and ``key_used_at``."""
        keys = DeviceKey.objects.filter(gateway=OuterRef("pk"))
        last_use = keys.filter(last_used_at__isnull=False).order_by("-last_used_at")
        return self.annotate(
            device_count=Count("devices"),
            has_key=Exists(keys.valid()),
            key_used_at=Subquery(last_use.values("last_used_at")[:1]),
        )


class Gateway(models.Model):
    """A box that collects several devices' readings and posts them as one.

    It may post for the devices listed here and no others.
    """

    class Status(models.TextChoices):
        IN_SERVICE = "in_service", "In service"
        RETIRED = "retired", "Retired"

    SETTINGS_FIELDS: ClassVar[tuple[str, ...]] = ("name", "status", "devices")

    name = models.CharField(max_length=80, unique=True)
    status = models.CharField(max_length=12, choices=Status, default=Status.IN_SERVICE)
    devices = models.ManyToManyField(Device, related_name="gateways", blank=True)
    added_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = GatewayQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class DeviceKeyQuerySet(models.QuerySet["DeviceKey"]):
    """Keys, narrowed by validity."""

    def valid(self, *, at: datetime | None = None) -> "DeviceKeyQuerySet":
        """Keys that open the endpoint at an aware instant, now unless given."""
        now = at or timezone.now()
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=now))

    def newest(
        self, *, at: datetime | None = None, ended: int = 5
    ) -> "list[DeviceKey]":
        """All valid keys and the last few that ended, newest first."""
        now = at or timezone.now()
        keys = self.select_related("issued_by").order_by("-issued_at", "-pk")
        over = keys.exclude(pk__in=self.valid(at=now).values("pk"))[:ended]
        return [*keys.valid(at=now), *over]


class DeviceKey(models.Model):
    """A secret one device or gateway posts with.

    Only its SHA-256 is kept: the key has 256 random bits, so there is nothing a
    slow hash would protect. ``hint`` is its first characters, to tell keys apart.
    A key ends by ``expires_at``; rotation sets it a little ahead, so that the
    device can be given the new key without a gap.
    """

    device = models.ForeignKey(
        Device, models.PROTECT, null=True, blank=True, related_name="keys"
    )
    gateway = models.ForeignKey(
        Gateway, models.PROTECT, null=True, blank=True, related_name="keys"
    )
    hint = models.CharField(max_length=12)
    digest = models.BinaryField(max_length=32, unique=True)
    issued_at = models.DateTimeField(default=timezone.now)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects = DeviceKeyQuerySet.as_manager()

    class Meta:
        ordering = ["-issued_at"]
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(device__isnull=False, gateway=None)
                    | Q(device=None, gateway__isnull=False)
                ),
                name="key_belongs_to_device_or_gateway",
            ),
            # One key without an end per owner: a second would never be noticed.
            models.UniqueConstraint(
                fields=["device"],
                condition=Q(expires_at=None),
                name="key_one_lasting_per_device",
            ),
            models.UniqueConstraint(
                fields=["gateway"],
                condition=Q(expires_at=None),
                name="key_one_lasting_per_gateway",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hint}…"

    @property
    def is_over(self) -> bool:
        """Whether it opens nothing any more."""
        return self.expires_at is not None and self.expires_at <= timezone.now()
