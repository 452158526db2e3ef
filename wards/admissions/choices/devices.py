"""Free monitors, with what they last told of themselves."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import F, Q
from django.http import QueryDict
from django.utils import timezone

from wards.admissions.choices import sent as read
from wards.devices.models import Device

DEVICES_SHOWN: Final = 12
LOW_BATTERY: Final = 20.0


@dataclass(frozen=True, slots=True)
class FreeDevice:
    """A free monitor and what it last told of itself."""

    device: Device
    age: float | None

    @property
    def battery(self) -> float | None:
        """Percent, or None where it never said."""
        contact = getattr(self.device, "contact", None)
        return contact.battery_percent if contact else None

    @property
    def is_low(self) -> bool:
        """Whether the battery will soon be empty."""
        return self.battery is not None and self.battery < LOW_BATTERY

    @property
    def is_sending(self) -> bool:
        """Whether it has posted as lately as it should."""
        return self.age is not None and self.age <= self.device.silent_after

    @property
    def heard(self) -> str:
        """When it was last heard, roughly, so that the text seldom changes."""
        if self.age is None:
            return "never heard"
        if self.is_sending:
            return "sending now"
        minutes = int(self.age // 60)
        if minutes < 1:
            return "silent for less than a minute"
        if minutes < 60:
            return f"silent for {minutes} min"
        hours = minutes // 60
        return f"silent for {hours} h" if hours < 48 else f"silent for {hours // 24} d"


@dataclass(frozen=True, slots=True)
class DeviceChoice:
    """Free monitors that match what was typed, and the choice: a number or none.

    ``chosen`` is a device's number, ``"none"`` for no monitor, or empty.
    """

    text: str
    chosen: str
    taken: Device | None
    found: list[FreeDevice]
    matching: int
    version: str

    @classmethod
    def of(cls, sent: QueryDict) -> "DeviceChoice":
        """Search as ``device_text`` asks; keep ``device`` in view."""
        text, chosen = read.text(sent, "device_text"), sent.get("device", "")
        free = Device.objects.free().select_related("contact")
        fitting = free.filter(Q(serial__icontains=text) | Q(model__icontains=text))
        # Those heard last come first: they are switched on and at hand.
        fitting = fitting.order_by(
            F("contact__last_heard_at").desc(nulls_last=True), "serial"
        )
        devices = list(fitting[: DEVICES_SHOWN + 1])
        matching = fitting.count() if len(devices) > DEVICES_SHOWN else len(devices)
        devices = devices[:DEVICES_SHOWN]
        number, taken = read.number(chosen), None
        if number and all(device.pk != number for device in devices):
            pinned = list(free.filter(pk=number))
            devices = [*pinned, *devices]
            taken = None if pinned else Device.objects.filter(pk=number).first()
        now = timezone.now()
        found = [FreeDevice(device, _age(device, now)) for device in devices]
        return cls(
            text=text,
            chosen=chosen,
            taken=taken,
            found=found,
            matching=matching,
            version=read.fingerprint(
                [(d.device.pk, d.heard, d.battery) for d in found], matching, taken
            ),
        )

    @property
    def sentence(self) -> str:
        """What changed, for those who do not see it."""
        if self.taken:
            return self.taken_sentence
        if self.matching > DEVICES_SHOWN:
            return f"{DEVICES_SHOWN} of {self.matching} free monitors shown."
        return f"{self.matching} free monitors."

    @property
    def has_more(self) -> bool:
        """Whether more match than are shown."""
        return self.matching > DEVICES_SHOWN

    @property
    def taken_sentence(self) -> str:
        """What is said when the chosen monitor is free no longer."""
        return f"Monitor {self.taken} was taken a moment ago. Choose another monitor."


def _age(device: Device, now: datetime) -> float | None:
    contact = getattr(device, "contact", None)
    heard = contact.last_heard_at if contact else None
    return (now - heard).total_seconds() if heard else None
