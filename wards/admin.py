"""What the Django admin shows of this app, so that Django finds it."""

from wards.devices import admin as devices_admin
from wards.patients import admin as patients_admin
from wards.places import admin as places_admin

__all__ = ["devices_admin", "patients_admin", "places_admin"]
