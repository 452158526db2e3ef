"""Walks every address there is: closed unless excused here, and deaf to other verbs."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from django.urls.exceptions import Resolver404

PUBLIC = {
    "healthz": "A load balancer has no account.",
    "readyz": "A load balancer has no account.",
    "account_login": "The door itself.",
    "account_logout": "Signing out twice must not ask one to sign in.",
    "account_signup": "Says that accounts are given, and by whom.",
    "account_inactive": "Says that an account is closed, to who cannot sign in.",
    "account_email_verification_sent": "Before the address is confirmed nobody is in.",
    "account_confirm_email": "The mailed link is its own proof.",
    "account_reset_password": "For those who cannot sign in.",
    "account_reset_password_done": "For those who cannot sign in.",
    "account_reset_password_from_key": "The mailed link is its own proof.",
    "account_reset_password_from_key_done": "For those who cannot sign in.",
    "account_confirm_login_code": "Sends back to the door; codes are not in use.",
    "account_reauthenticate": "Sends to the door by itself.",
    "admin:login": "Sends to the door.",
    "admin:jsi18n": "Words for the admin's scripts, without any data.",
    "api_docs": "How devices speak to the endpoint; holds nothing of any ward.",
}
"""Every address that answers somebody who is not signed in, and why it may."""

SAMPLES = {"slug": "north", "str": "x", "int": "1", "path": "x", "uuid": "0" * 32}
VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE")


def walk(
    resolver: URLResolver | None = None, prefix: str = "", names: str = ""
) -> Iterator[tuple[str, str]]:
    """Give every address as its full name and a sample path."""
    for entry in (resolver or get_resolver()).url_patterns:
        part = sample(entry)
        if isinstance(entry, URLResolver):
            space = f"{names}{entry.namespace}:" if entry.namespace else names
            yield from walk(entry, prefix + part, space)
        else:
            assert isinstance(entry, URLPattern)
            yield f"{names}{entry.name or entry.lookup_str}", "/" + prefix + part


def sample(entry: URLPattern | URLResolver) -> str:
    """Return a path that one part of an address matches."""
    pattern = entry.pattern
    route = getattr(pattern, "_route", None)
    if route is None:
        return REGEX_SAMPLES.get(str(pattern), str(pattern).strip("^$"))
    for name, converter in pattern.converters.items():
        kind = {
            "IntConverter": "int",
            "SlugConverter": "slug",
            "PathConverter": "path",
            "UUIDConverter": "uuid",
        }.get(type(converter).__name__, "str")
        for written in (f"<{kind}:{name}>", f"<{name}>"):
            route = route.replace(written, SAMPLES[kind])
    return str(route)


REGEX_SAMPLES = {
    r"^confirm-email/(?P<key>[-:\w]+)/$": "confirm-email/nonsense/",
    r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": (
        "password/reset/key/1-abc-def/"
    ),
    r"^(?P<app_label>auth|hospital|wards|monitoring|account)/$": "wards/",
    "(?P<url>.*)$": "nowhere",
}

EVERY = dict(walk())
OURS = {
    name: path
    for name, path in EVERY.items()
    if not path.startswith(("/admin/", "/accounts/"))
}


def test_samples_lead_where_they_should():
    strayed = []
    for name, path in EVERY.items():
        try:
            found = resolve(path)
        except Resolver404:
            strayed.append((name, path))
            continue
        if not name.startswith("admin:") and found.view_name != name:
            strayed.append((name, path, found.view_name))
    assert not strayed


@pytest.mark.parametrize("name", EVERY)
def test_nobody_gets_past_the_door_unless_excused_here(name, db):
    response = Client(raise_request_exception=False).get(EVERY[name])

    to_door = response.status_code == 302 and response.url.startswith(
        ("/accounts/login/", "/admin/login/")
    )
    assert to_door or name in PUBLIC, f"{name} answers {response.status_code} to all"


def test_every_excuse_is_still_needed():
    assert set(PUBLIC) <= set(EVERY)


@pytest.mark.parametrize("name", OURS)
def test_views_are_deaf_to_verbs_they_do_not_know(name, db):
    from tests.factories import UserFactory

    refused = set()
    client = Client(raise_request_exception=False)
    client.force_login(UserFactory(role=""))
    for verb in VERBS:
        if client.generic(verb, OURS[name]).status_code == 405:
            refused.add(verb)

    assert {"PUT", "PATCH", "DELETE", "TRACE"} <= refused
    assert not {"GET", "POST"} <= refused


def test_login_is_demanded_by_the_middleware_and_not_view_by_view():
    assert "django.contrib.auth.middleware.LoginRequiredMiddleware" in (
        settings.MIDDLEWARE
    )
