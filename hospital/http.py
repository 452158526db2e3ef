"""What every view shares: the request it gets, and page or fragment."""

from collections.abc import Callable
from typing import Literal
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event
from django_htmx.middleware import HtmxDetails

from hospital.accounts.models import User


class Request(HttpRequest):
    """What views receive once our middleware has run: a user, and htmx details."""

    user: User  # type: ignore[assignment]
    htmx: HtmxDetails


def wants_partial(request: Request) -> bool:
    """Tell whether the browser will swap a fragment into a page it already has.

    Boosted links and history restores also carry ``HX-Request``, but need the
    whole page.
    """
    htmx = request.htmx
    return bool(htmx) and not (htmx.boosted or htmx.history_restore_request)


def with_toast(
    response: HttpResponse,
    message: str,
    *,
    tone: Literal["success", "notice", "error"] = "success",
) -> HttpResponse:
    """Have the page show a sentence in its corner when it gets this fragment.

    For answers to htmx; after a redirect use Django's messages instead.
    """
    return trigger_client_event(response, "toast", {"message": message, "tone": tone})


class WholePageRedirectMiddleware:
    """Lets a redirect mean another page, also for a request of htmx.

    The browser would follow it unseen, and htmx would put a whole page, such as the
    sign-in form of an expired session, where a table was. After signing in the
    person returns to the page they were on, not to a fragment of it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        htmx: HtmxDetails | None = getattr(request, "htmx", None)
        if not htmx or htmx.boosted or not 300 <= response.status_code < 400:
            return response
        target = response.headers.get("Location", "")
        if urlsplit(target).path == resolve_url(settings.LOGIN_URL):
            target = redirect_to_login(_page_of(htmx)).url
        redirect = HttpResponseClientRedirect(target)
        redirect.cookies = response.cookies
        return redirect


def _page_of(htmx: HtmxDetails) -> str:
    """Return the path of the page that htmx asked from, by its own word."""
    try:
        return htmx.current_url_abs_path or "/"
    except ValueError:  # no address at all, such as http://[
        return "/"


class NoStoreMiddleware:
    """Keeps every answer for a signed-in person out of caches and history files.

    Also names the request headers that decide between page and fragment, so that
    no cache can ever mistake one for the other.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        patch_vary_headers(
            response, ["HX-Request", "HX-Boosted", "HX-History-Restore-Request"]
        )
        # A failed answer says so itself, and must not ask a lost database who this is.
        if response.status_code < 500 and request.user.is_authenticated:
            add_never_cache_headers(response)
        return response
