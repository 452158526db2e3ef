"""Addresses of the live sockets."""

from django.urls import URLPattern, path, re_path

from monitoring.board.consumers import no_such_socket, patient_socket, ward_socket

# Django's types know no ASGI applications; Channels' router takes nothing else.
websocket_urlpatterns: list[URLPattern] = [
    path("ws/wards/<slug:slug>/", ward_socket),  # type: ignore[arg-type]
    path("ws/patients/<int:patient_id>/", patient_socket),  # type: ignore[arg-type]
    re_path("", no_such_socket),  # type: ignore[arg-type]
]
