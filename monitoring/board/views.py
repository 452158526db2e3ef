"""The board of a ward, the list of one's wards, and the privacy switch."""

from typing import Any, Final

from django.conf import settings
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from hospital.http import Request
from monitoring.board.access import visible_stays
from monitoring.board.picture import load_ward
from monitoring.board.render import Naming, board_context, live_context
from monitoring.readings.models import Silence
from wards.admissions.models import BedStay
from wards.places.models import Bed, Ward

PRIVACY_COOKIE: Final = "wardwatch_initials"
"""Set while names are hidden. It ends with the browser session, and sockets read it."""


@require_safe
def my_wards(request: Request) -> HttpResponse:
    """The wards a nurse or doctor works on; who has but one goes right to its board."""
    wards = list(_with_counts(Ward.objects.visible_to(request.user)))
    if len(wards) == 1:
        return redirect("board", wards[0].slug)
    return render(request, "board/my_wards.html", {"wards": wards})


@require_safe
def ward_board(request: Request, slug: str) -> HttpResponse:
    """Everybody on one ward, with their latest values; live by its socket."""
    ward = get_object_or_404(Ward.objects.visible_to(request.user), slug=slug)
    picture = load_ward(ward)
    now = int(timezone.now().timestamp() * 1000)
    context = board_context(picture, now=now, naming=naming_of(request.COOKIES))
    return render(
        request,
        "board/ward.html",
        context | {"ward": ward, "time_zone": settings.TIME_ZONE},
    )


@require_safe
def patient(request: Request, patient_id: int) -> HttpResponse:
    """One patient of one's wards: who they are, why here, and their values live."""
    stay = get_object_or_404(
        visible_stays(request.user).select_related("admission__responsible_doctor"),
        admission__patient=patient_id,
    )
    picture = load_ward(stay.bed.ward)
    tile = picture.by_admission.get(stay.admission_id)
    if tile is None:
        raise Http404("The patient was moved while the page was made.")
    now = int(timezone.now().timestamp() * 1000)
    return render(
        request,
        "patient/patient.html",
        {
            "patient": stay.admission.patient,
            "admission": stay.admission,
            "stay": stay,
            "ward": stay.bed.ward,
            "picture": picture,
            "tile": tile,
            "live": live_context(tile, now=now),
            "now": now,
            "time_zone": settings.TIME_ZONE,
        },
    )


@require_POST
def privacy(request: Request) -> HttpResponse:
    """Hide or show names on this browser's boards, then return to the page."""
    target = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(target, allowed_hosts=None)
    if not (is_ours and target.startswith("/")):
        target = "/"
    # Not `redirect`: it would take the text for the name of a view.
    response = HttpResponseRedirect(target)
    if request.POST.get("names") == "hide":
        response.set_cookie(
            PRIVACY_COOKIE,
            "1",
            httponly=True,
            samesite="Lax",
            secure=bool(settings.SESSION_COOKIE_SECURE),
        )
    else:
        response.delete_cookie(PRIVACY_COOKIE, samesite="Lax")
    return response


def naming_of(cookies: dict[str, str]) -> Naming:
    """How this browser wants patients named: in full, or by their initials."""
    return "initials" if cookies.get(PRIVACY_COOKIE) else "names"


def _with_counts(wards: QuerySet[Ward]) -> QuerySet[Ward]:
    """Add to each ward its ``patients``, ``beds_free`` and ``silent`` devices."""
    here = "device__assignments__admission__bed_stays__bed__ward"
    silent = Silence.objects.open().filter(
        device__assignments__ended_at=None,
        device__assignments__admission__bed_stays__ended_at=None,
    )
    return wards.annotate(
        patients=_count(BedStay.objects.open(), "bed__ward"),
        beds_free=_count(Bed.objects.free(), "ward"),
        silent=_count(silent, here),
    )


def _count(rows: QuerySet[Any], ward: str) -> Coalesce:
    """How many of ``rows`` belong to the ward of the outer query, by path ``ward``."""
    of_ward = rows.order_by().filter(**{ward: OuterRef("pk")})
    counted = of_ward.values(ward).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)
