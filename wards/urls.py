"""Addresses of places, patients, devices and admissions."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("admissions/", include("wards.admissions.urls")),
    path("places/", include("wards.places.urls")),
    path("", include("wards.devices.urls")),
    path("patients/", include("wards.patients.urls")),
]
