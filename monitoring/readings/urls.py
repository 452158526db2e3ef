"""Addresses of readings."""

from django.urls import path

from monitoring.readings import views

urlpatterns = [
    path("patients/<int:patient_id>/readings/", views.readings, name="readings"),
    path(
        "patients/<int:patient_id>/readings.csv",
        views.readings_csv,
        name="readings_csv",
    ),
    path(
        "patients/<int:patient_id>/readings/<int:device_id>/<int:at>/",
        views.reading_strike_out,
        name="reading_strike_out",
    ),
    path(
        "devices/<int:device_id>/readings/",
        views.device_readings,
        name="device_readings",
    ),
]
