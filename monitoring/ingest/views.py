"""The endpoint's description, for people."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from hospital.http import Request
from monitoring.ingest.openapi import (
    OPENAPI_PATH,
    REJECTION_CODES,
    openapi_document,
)
from monitoring.ingest.schema import MAX_READINGS
from monitoring.vitals import VITALS


@login_not_required
@require_safe
def api_docs(request: Request) -> HttpResponse:
    """Show the contract. Public: whoever builds a device has no account here."""
    answers = openapi_document()["paths"]["/api/v1/readings"]["post"]["responses"]
    return render(
        request,
        "api/docs.html",
        {
            "vitals": VITALS.values(),
            "answers": {
                status: answer["description"] for status, answer in answers.items()
            },
            "rejection_codes": REJECTION_CODES,
            "max_readings": MAX_READINGS,
            "openapi_url": OPENAPI_PATH,
            "base_url": request.build_absolute_uri("/").rstrip("/"),
        },
    )
