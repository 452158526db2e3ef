"""Address of the endpoint's documentation; the endpoint itself is no Django view."""

from django.urls import path

from monitoring.ingest.views import api_docs

urlpatterns = [path("api/docs", api_docs, name="api_docs")]
