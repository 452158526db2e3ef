"""Addresses of boards, charts and the endpoint's documentation."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("monitoring.board.urls")),
    path("", include("monitoring.ingest.urls")),
    path("", include("monitoring.readings.urls")),
]
