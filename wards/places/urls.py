"""Addresses of wards, rooms and beds."""

from django.urls import path

from wards.places import views

urlpatterns = [
    path("", views.places, name="places"),
    path("wards/new/", views.ward_new, name="ward_new"),
    path("wards/<slug:slug>/", views.ward_places, name="ward_places"),
    path("wards/<slug:slug>/edit/", views.ward_edit, name="ward_edit"),
    path("wards/<slug:slug>/rooms/new/", views.room_new, name="room_new"),
    path("wards/<slug:slug>/beds/new/", views.beds_new, name="beds_new"),
    path("rooms/<int:pk>/edit/", views.room_edit, name="room_edit"),
    path("beds/<int:pk>/edit/", views.bed_edit, name="bed_edit"),
    path("beds/<int:pk>/in-use/", views.bed_in_use, name="bed_in_use"),
]
