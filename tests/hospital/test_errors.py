"""Pages for what went wrong: they say what happened and need nothing to say it."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import path

from hospital.access.refusals import NotPermitted
from hospital.ops.unavailable import server_error


def _raise(error):
    def view(request):
        raise error

    return view


urlpatterns = [
    path("refused/", _raise(NotPermitted("Only a doctor may set limits."))),
    path("denied/", _raise(PermissionDenied())),
    path("missing/", _raise(Http404())),
    path("broken/", _raise(RuntimeError("a secret of the server"))),
]
handler500 = "hospital.ops.unavailable.server_error"


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "500", "503"])
def test_each_page_renders_without_request_and_database(name):
    html = render_to_string(f"{name}.html")

    assert "data-error-sentence" in html
    assert 'href="/"' in html


@pytest.fixture
def client_of(settings, nurse):
    settings.ROOT_URLCONF = __name__
    settings.LOGIN_URL = "/login/"
    client = Client(raise_request_exception=False)
    client.force_login(nurse)
    return client


def test_refusal_shows_its_sentence(client_of):
    response = client_of.get("/refused/")

    assert response.status_code == 403
    assert "Only a doctor may set limits." in response.text


def test_denied_without_a_sentence_still_says_something(client_of):
    assert "Your role does not allow it." in client_of.get("/denied/").text


def test_missing_page_does_not_tell_missing_from_forbidden(client_of):
    response = client_of.get("/missing/")

    assert response.status_code == 404
    assert "or it is not yours to see" in response.text


@pytest.mark.filterwarnings("ignore")
def test_a_fault_is_never_shown(client_of, caplog):
    response = client_of.get("/broken/")

    assert response.status_code == 500
    assert "a secret of the server" not in response.text
    assert response["Cache-Control"] == "no-store"


def test_forged_form_is_explained(nurse):
    client = Client(enforce_csrf_checks=True)
    client.force_login(nurse)

    response = client.post("/accounts/logout/")

    assert response.status_code == 403
    assert "open too long" in response.text


@pytest.mark.parametrize(("method", "reloads"), [("get", True), ("post", False)])
def test_only_what_was_read_reloads_by_itself(method, reloads):
    request = getattr(RequestFactory(), method)("/")
    try:
        _raise(OperationalError("gone"))(request)
    except OperationalError:
        response = server_error(request)

    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert ("data-retry-after" in response.text) is reloads
