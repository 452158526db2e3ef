"""All models of this app, so that Django finds them; each lives in its topic."""

from wards.admissions.models import Admission, BedStay, DeviceAssignment
from wards.devices.models import Device, DeviceContact, DeviceKey, Gateway
from wards.patients.models import Patient
from wards.places.models import Bed, Room, Ward, WardMembership

__all__ = [
    "Admission",
    "Bed",
    "BedStay",
    "Device",
    "DeviceAssignment",
    "DeviceContact",
    "DeviceKey",
    "Gateway",
    "Patient",
    "Room",
    "Ward",
    "WardMembership",
]
