"""Wards, rooms, beds, and who works on which ward."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Count, F, Q
from django.utils import timezone

from hospital.accounts.models import User


class WardQuerySet(models.QuerySet["Ward"]):
    """Wards, narrowed by who may see their patients."""

    def visible_to(self, user: User, *, on: date | None = None) -> "WardQuerySet":
        """Wards whose patients ``user`` may see: those they work on as nurse or doctor.

        ``on`` is a day in the hospital's time zone, today unless given. Admins and
        superusers see no patient's signs, so they get none.
        """
        if not (user.is_authenticated and user.is_active and user.is_clinical):
            return self.none()
        return self.filter(
            pk__in=WardMembership.objects.current(on=on)
            .filter(user=user)
            .values("ward_id")
        )

    def holding(self, text: str) -> "WardQuerySet":
        """Wards whose name, or one of whose rooms or beds, holds ``text``."""
        return self.filter(
            Q(name__icontains=text)
            | Q(pk__in=Room.objects.filter(name__icontains=text).values("ward_id"))
            | Q(pk__in=Bed.objects.filter(label__icontains=text).values("ward_id"))
        )

    def for_places(self) -> "WardQuerySet":
        """Wards with ``room_count``, ``bed_count``, ``taken_count``, ``closed_count``.

        Beds are those in use; closed ones are counted apart.
        """
        from wards.admissions.models import BedStay

        taken = BedStay.objects.open().values("bed_id")
        return self.annotate(
            room_count=Count("rooms", distinct=True),
            bed_count=Count("beds", filter=Q(beds__in_use=True), distinct=True),
            taken_count=Count("beds", filter=Q(beds__in=taken), distinct=True),
            closed_count=Count("beds", filter=Q(beds__in_use=False), distinct=True),
        )


class Ward(models.Model):
    """A ward: the beds one team looks after, and one board."""

    name = models.CharField(max_length=80, unique=True)
    slug = models.SlugField(
        max_length=40, unique=True, help_text="Its name in addresses, such as north."
    )

    objects = WardQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Room(models.Model):
    """A room on a ward. Its ward never changes."""

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="rooms")
    name = models.CharField(max_length=40)

    class Meta:
        ordering = ["ward__name", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["ward", "name"],
                name="room_name_unique_on_ward",
                violation_error_message="That ward has a room of that name already.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class BedQuerySet(models.QuerySet["Bed"]):
    """Beds, narrowed by ward, use and occupation."""

    def in_use(self) -> "BedQuerySet":
        """Beds that patients may be put in."""
        return self.filter(in_use=True)

    def free(self) -> "BedQuerySet":
        """Beds in use with nobody in them."""
        from wards.admissions.models import BedStay

        return self.in_use().exclude(pk__in=BedStay.objects.open().values("bed_id"))

    def in_board_order(self) -> "BedQuerySet":
        """As a ward walks past them."""
        return self.order_by("ward__name", "position", "label")


class Bed(models.Model):
    """One bed, standing in one room of one ward.

    The ward is kept beside the room so that a label can be unique on its ward; the
    database refuses a room of another ward.
    """

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="beds")
    room = models.ForeignKey(Room, models.PROTECT, related_name="beds")
    label = models.CharField(max_length=12, help_text="As on the wall, such as N01.")
    position = models.PositiveSmallIntegerField(
        default=0, help_text="Order on the board; equal numbers go by label."
    )
    in_use = models.BooleanField(
        default=True, help_text="Clear while the bed is closed or away."
    )

    objects = BedQuerySet.as_manager()

    class Meta:
        ordering = ["ward__name", "position", "label"]
        constraints = [
            models.UniqueConstraint(
                fields=["ward", "label"],
                name="bed_label_unique_on_ward",
                violation_error_message="That ward has a bed of that label already.",
            ),
        ]

    def __str__(self) -> str:
        return self.label


class WardMembershipQuerySet(models.QuerySet["WardMembership"]):
    """Memberships, narrowed by day."""

    def current(self, *, on: date | None = None) -> "WardMembershipQuerySet":
        """Those that hold on a day, today in the hospital's zone unless given."""
        day = on or timezone.localdate()
        return self.filter(
            Q(starts_on__lte=day) & (Q(ends_on=None) | Q(ends_on__gte=day))
        )


class WardMembership(models.Model):
    """A person works on a ward, from one day to another, both included."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="ward_memberships"
    )
    ward = models.ForeignKey(Ward, models.PROTECT, related_name="memberships")
    starts_on = models.DateField(default=timezone.localdate)
    ends_on = models.DateField(null=True, blank=True, help_text="Empty: until further.")

    objects = WardMembershipQuerySet.as_manager()

    class Meta:
        ordering = ["ward__name", "user__full_name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="membership_ends_after_it_starts",
                violation_error_message="The last day is before the first day.",
            ),
            models.UniqueConstraint(
                fields=["user", "ward", "starts_on"],
                name="membership_once_a_day",
                violation_error_message=(
                    "That person has a membership of that ward from that day."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} on {self.ward}"
