"""What answers to htmx look like."""

import json

import pytest
from django.http import HttpResponse, HttpResponseRedirect
from django.test import RequestFactory
from django.urls import reverse
from django_htmx.middleware import HtmxMiddleware

from hospital.http import WholePageRedirectMiddleware, with_toast

HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/places/?query=n"}


def answer(to: str, **headers: str) -> HttpResponse:
    """What a redirect to ``to`` becomes on its way to a browser."""
    request = RequestFactory().get("/places/", headers=headers)
    redirecting = WholePageRedirectMiddleware(lambda _: HttpResponseRedirect(to))
    return HtmxMiddleware(redirecting)(request)


def test_redirect_opens_a_whole_page():
    response = answer("/patients/1/", **HTMX)

    assert response.status_code == 200
    assert response["HX-Redirect"] == "/patients/1/"


def test_expired_session_returns_to_the_page_not_the_fragment():
    door = reverse("account_login")

    response = answer(f"{door}?next=/places/fragment/", **HTMX)

    assert response["HX-Redirect"] == f"{door}?next=/places/%3Fquery%3Dn"


@pytest.mark.parametrize("headers", [{}, HTMX | {"HX-Boosted": "true"}])
def test_other_requests_are_redirected_as_ever(headers):
    assert answer("/patients/1/", **headers).status_code == 302


def test_toast_travels_as_an_event():
    response = with_toast(HttpResponse(), "Saved.", tone="notice")

    assert json.loads(response["HX-Trigger"]) == {
        "toast": {"message": "Saved.", "tone": "notice"}
    }
