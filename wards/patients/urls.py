"""Addresses of the register. The clinical page of a patient is monitoring's."""

from django.urls import path

from wards.patients import views

urlpatterns = [
    path("", views.patients, name="patients"),
    path("new/", views.patient_new, name="patient_new"),
    path("<int:pk>/details/", views.patient_details, name="patient_details"),
    path("<int:pk>/edit/", views.patient_edit, name="patient_edit"),
]
