"""Addresses of the boards."""

from django.urls import path

from monitoring.board import views

urlpatterns = [
    path("wards/", views.my_wards, name="my_wards"),
    path("wards/<slug:slug>/", views.ward_board, name="board"),
    path("patients/<int:patient_id>/", views.patient, name="patient"),
    path("board/privacy/", views.privacy, name="board_privacy"),
]
