"""What every view shares: the request it gets, and page or fragment."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers, patch_vary_headers
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
        if request.user.is_authenticated:
            add_never_cache_headers(response)
        return response
