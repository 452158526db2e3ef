"""Addresses of the admissions desk."""

from django.urls import path

from wards.admissions import views

urlpatterns = [
    path("", views.admissions, name="admissions"),
    path("new/", views.admission_new, name="admission_new"),
    path("choose/patients/", views.admission_patients, name="admission_patients"),
    path("choose/beds/", views.admission_beds, name="admission_beds"),
    path("choose/devices/", views.admission_devices, name="admission_devices"),
    path("<int:pk>/", views.admission, name="admission"),
    path("<int:pk>/transfer/", views.admission_transfer, name="admission_transfer"),
    path("<int:pk>/device/", views.admission_device, name="admission_device"),
    path("<int:pk>/discharge/", views.admission_discharge, name="admission_discharge"),
]
