"""Wards, rooms and beds: the pages of the admissions desk."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from hospital.access.permissions import check_is_admin
from hospital.access.refusals import NotPossible
from hospital.forms import HouseForm
from hospital.http import Request
from hospital.lists import list_page
from wards.admissions.models import BedStay
from wards.places import actions
from wards.places.forms import BedForm, BedsForm, RoomForm, WardForm, WardNameForm
from wards.places.models import Bed, Room, Ward
from wards.places.tables import WardFilter, WardTable


@require_safe
def places(request: Request) -> HttpResponse:
    """List the wards, each with how its beds are."""
    check_is_admin(request.user)
    return list_page(
        request,
        queryset=Ward.objects.for_places(),
        table_class=WardTable,
        filterset_class=WardFilter,
        template="places/list.html",
        context={
            "empty_title": "No wards yet",
            "empty_text": "A ward has rooms, and rooms have beds. Begin with a ward.",
            "empty_url": reverse("ward_new"),
            "empty_label": "Add a ward",
        },
    )


@require_safe
def ward_places(request: Request, slug: str) -> HttpResponse:
    """Show a ward's rooms, the beds in each, and who lies where."""
    check_is_admin(request.user)
    ward = get_object_or_404(Ward.objects.for_places(), slug=slug)
    stays = {
        stay.bed_id: stay
        for stay in BedStay.objects.open()
        .filter(bed__ward=ward)
        .select_related("admission__patient")
    }
    rooms: dict[int, tuple[Room, list[tuple[Bed, BedStay | None]]]] = {
        room.pk: (room, []) for room in ward.rooms.all()
    }
    for bed in ward.beds.in_board_order():
        rooms[bed.room_id][1].append((bed, stays.get(bed.pk)))
    return render(request, "places/ward.html", {"ward": ward, "rooms": rooms.values()})


@require_http_methods(["GET", "HEAD", "POST"])
def ward_new(request: Request) -> HttpResponse:
    """Add a ward."""
    check_is_admin(request.user)
    form = WardForm(request.POST or None)
    if _done(
        form, lambda: actions.add_ward(ward=form.save(commit=False), by=request.user)
    ):
        messages.success(
            request,
            f"{form.instance} is added. Now its rooms. Its board is seen by nobody "
            "until whoever keeps the accounts says who works there.",
        )
        return redirect("ward_places", form.instance.slug)
    return _form_page(request, form, heading="Add a ward", submit="Add this ward")


@require_http_methods(["GET", "HEAD", "POST"])
def ward_edit(request: Request, slug: str) -> HttpResponse:
    """Rename a ward."""
    check_is_admin(request.user)
    ward = get_object_or_404(Ward, slug=slug)
    form = WardNameForm(request.POST or None, initial={"name": ward.name})
    if _done(
        form,
        lambda: actions.rename_ward(
            ward=ward, name=form.cleaned_data["name"], by=request.user
        ),
    ):
        name = form.cleaned_data["name"]
        messages.success(request, f"The ward is called {name} now.")
        return redirect("ward_places", slug)
    return _form_page(request, form, ward, heading=f"Rename {ward}", submit="Rename")


@require_http_methods(["GET", "HEAD", "POST"])
def room_new(request: Request, slug: str) -> HttpResponse:
    """Add a room to a ward."""
    check_is_admin(request.user)
    ward = get_object_or_404(Ward, slug=slug)
    form = RoomForm(request.POST or None)
    if _done(
        form,
        lambda: actions.add_room(
            ward=ward, name=form.cleaned_data["name"], by=request.user
        ),
    ):
        name = form.cleaned_data["name"]
        messages.success(request, f"{name} is added. Now the beds in it.")
        return redirect("ward_places", slug)
    heading = f"Add a room to {ward}"
    return _form_page(request, form, ward, heading=heading, submit="Add this room")


@require_http_methods(["GET", "HEAD", "POST"])
def room_edit(request: Request, pk: int) -> HttpResponse:
    """Rename a room."""
    check_is_admin(request.user)
    room = get_object_or_404(Room.objects.select_related("ward"), pk=pk)
    form = RoomForm(request.POST or None, initial={"name": room.name})
    if _done(
        form,
        lambda: actions.rename_room(
            room=room, name=form.cleaned_data["name"], by=request.user
        ),
    ):
        name = form.cleaned_data["name"]
        messages.success(request, f"The room is called {name} now.")
        return redirect("ward_places", room.ward.slug)
    heading = f"Rename {room}"
    return _form_page(request, form, room.ward, heading=heading, submit="Rename")


@require_http_methods(["GET", "HEAD", "POST"])
def beds_new(request: Request, slug: str) -> HttpResponse:
    """Put one or many beds in a room."""
    check_is_admin(request.user)
    ward = get_object_or_404(Ward, slug=slug)
    form = BedsForm(
        request.POST or None, ward=ward, initial={"room": request.GET.get("room")}
    )
    if _done(
        form,
        lambda: actions.add_beds(
            room=form.cleaned_data["room"],
            labels=form.cleaned_data["labels"],
            by=request.user,
        ),
    ):
        messages.success(request, f"Added: {', '.join(form.cleaned_data['labels'])}.")
        return redirect("ward_places", slug)
    return _form_page(
        request, form, ward, heading=f"Add beds to {ward}", submit="Add these beds"
    )


@require_http_methods(["GET", "HEAD", "POST"])
def bed_edit(request: Request, pk: int) -> HttpResponse:
    """Change a bed's label, room, or place on the board."""
    check_is_admin(request.user)
    bed = get_object_or_404(Bed.objects.select_related("ward"), pk=pk)
    heading = f"Change {bed}"
    form = BedForm(request.POST or None, instance=bed)
    if _done(
        form,
        lambda: actions.change_bed(
            bed=form.instance, seen=form.cleaned_data["seen"], by=request.user
        ),
    ):
        messages.success(request, f"{form.instance} is changed.")
        return redirect("ward_places", bed.ward.slug)
    return _form_page(request, form, bed.ward, heading=heading, submit="Save")


@require_http_methods(["GET", "HEAD", "POST"])
def bed_in_use(request: Request, pk: int) -> HttpResponse:
    """Ask, then close a bed or open it again."""
    check_is_admin(request.user)
    bed = get_object_or_404(Bed.objects.select_related("ward", "room"), pk=pk)
    refusal = ""
    try:
        if request.method == "POST":
            opens = request.POST.get("to") == "open"
            actions.set_bed_in_use(bed=bed, in_use=opens, by=request.user)
            state = "in use again" if opens else "closed"
            messages.success(request, f"{bed} is {state}.")
            return redirect("ward_places", bed.ward.slug)
        if bed.in_use:
            actions.check_is_empty(bed)
    except NotPossible as refused:
        refusal = refused.message
    page = {"bed": bed, "refusal": refusal, **_way_back(bed.ward)}
    status = 409 if refusal and request.method == "POST" else 200
    return render(request, "places/bed_in_use.html", page, status=status)


def _done(form: HouseForm, act: Callable[[], object]) -> bool:
    """Run an action if its form is right; a refusal goes into the form."""
    if not (form.is_bound and form.is_valid()):
        return False
    try:
        act()
    except NotPossible as refused:
        form.add_refusal(refused)
        return False
    return True


def _way_back(ward: Ward | None) -> dict[str, object]:
    crumbs = [(reverse("places"), "Places")]
    if ward:
        crumbs.append((reverse("ward_places", args=[ward.slug]), ward.name))
    return {"crumbs": crumbs, "cancel": crumbs[-1][0]}


def _form_page(
    request: Request, form: HouseForm, ward: Ward | None = None, **page: str
) -> HttpResponse:
    """Show a form, or show it again with what is wrong."""
    context = {"form": form, **_way_back(ward), **page}
    status = 422 if form.is_bound else 200
    return render(request, "components/form_page.html", context, status=status)
