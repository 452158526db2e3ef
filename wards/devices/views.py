"""Devices: the list, each one's page, and its settings and status."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from hospital.access.permissions import check_is_admin, check_is_staff_member
from hospital.access.refusals import NotPossible
from hospital.accounts.models import User
from hospital.http import Request
from hospital.lists import list_page
from wards.admissions.models import Admission, DeviceAssignment
from wards.devices.actions import (
    NEXT_STATUS,
    change_device,
    register_device,
    set_device_status,
)
from wards.devices.filters import DeviceFilter
from wards.devices.forms import DeviceForm, DeviceSettingsForm
from wards.devices.models import Device
from wards.devices.tables import TONES, DeviceTable
from wards.devices.words import is_drifted, skew_in_words

ASSIGNMENTS_SHOWN = 25


@require_safe
def devices(request: Request) -> HttpResponse:
    """List all equipment; where each stands only as far as this person may know."""
    check_is_staff_member(request.user)
    now = timezone.localtime()
    context: dict[str, object] = {
        "list_remark": f"as at {now:%H:%M:%S}",
        "empty_title": "No devices yet",
        "empty_text": "Once added, a device gets a key and then posts readings.",
    }
    if request.user.is_admin:
        context |= {"empty_url": reverse("device_new"), "empty_label": "Add a device"}
    return list_page(
        request,
        queryset=Device.objects.for_list(request.user),
        table_class=DeviceTable,
        filterset_class=DeviceFilter,
        template="devices/list.html",
        context=context,
    )


@require_safe
def device(request: Request, pk: int) -> HttpResponse:
    """Show everything about one device; its keys to the desk only."""
    check_is_staff_member(request.user)
    found = get_object_or_404(Device.objects.for_list(request.user), pk=pk)
    past = list(_assignments(found, request.user)[: ASSIGNMENTS_SHOWN + 1])
    page = {
        "device": found,
        "tone": TONES[found.status],
        "is_silent": found.is_silent(at=timezone.now()),
        "clock": skew_in_words(found.contact.clock_skew),
        "is_drifted": is_drifted(found.contact.clock_skew),
        "assignments": past[:ASSIGNMENTS_SHOWN],
        "has_more": len(past) > ASSIGNMENTS_SHOWN,
        "gateways": found.gateways.all(),
    }
    if request.user.is_admin:
        page |= {
            "owner": found,
            "keys": found.keys.newest(),
            "next_statuses": [
                (status, STATUS_CHANGES[Device.Status(status)][0].format("it"))
                for status in NEXT_STATUS[found.status]
            ],
        }
    return render(request, "devices/page.html", page)


def _assignments(device: Device, user: User) -> QuerySet[DeviceAssignment]:
    """With whom it was: the desk sees all, others patients on wards of theirs now."""
    assignments = device.assignments.select_related(
        "admission__patient", "started_by", "ended_by"
    )
    if user.is_admin:
        return assignments
    return assignments.filter(admission__in=Admission.objects.visible_to(user))


@require_http_methods(["GET", "POST"])
def device_new(request: Request) -> HttpResponse:
    """Add a device, and go on to its key."""
    check_is_admin(request.user)
    form = DeviceForm(request.POST or None)
    if form.is_valid():
        try:
            added = register_device(device=form.save(commit=False), by=request.user)
        except NotPossible as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(
                request, f"Added {added}. It needs a key before it can post."
            )
            return redirect("device", added.pk)
    page: dict[str, object] = {
        "form": form,
        "heading": "Add a device",
        "submit": "Add the device",
        "cancel": reverse("devices"),
        "crumbs": [(reverse("devices"), "Devices")],
    }
    return render(request, "devices/form.html", page, status=_status(request))


@require_http_methods(["GET", "POST"])
def device_edit(request: Request, pk: int) -> HttpResponse:
    """Change what is known of a device; its serial stays what it is."""
    check_is_admin(request.user)
    found = get_object_or_404(Device, pk=pk)
    form = DeviceSettingsForm(request.POST or None, instance=found)
    address = reverse("device", args=[pk])
    if form.is_valid():
        try:
            change_device(
                device=form.save(commit=False),
                seen=form.cleaned_data["seen"],
                by=request.user,
            )
        except NotPossible as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, f"Saved {found}.")
            return redirect(address)
    page: dict[str, object] = {
        "form": form,
        "heading": f"Change {found}",
        "submit": "Save",
        "cancel": address,
        "crumbs": [(reverse("devices"), "Devices"), (address, found.serial)],
    }
    return render(request, "devices/form.html", page, status=_status(request))


def _status(request: Request) -> int:
    """200 for a form that is shown, 422 for one that was sent and refused."""
    return 422 if request.method == "POST" else 200


STATUS_CHANGES = {
    Device.Status.IN_SERVICE: (
        "Put {} back in service",
        "It may then be given to a patient, and may post.",
    ),
    Device.Status.MAINTENANCE: (
        "Put {} in maintenance",
        "What it posts is then refused, and it cannot be given to a patient.",
    ),
    Device.Status.RETIRED: (
        "Retire {}",
        "What it posts is then refused for good. Its past readings stay.",
    ),
}
"""By status: what going there is called, and what it means."""


@require_http_methods(["GET", "POST"])
def device_status(request: Request, pk: int, status: str) -> HttpResponse:
    """Ask whether to take a device out of service or back, and do it."""
    check_is_admin(request.user)
    found = get_object_or_404(Device, pk=pk)
    if status not in Device.Status.values:
        raise Http404
    address = reverse("device", args=[pk])
    change, meaning = STATUS_CHANGES[Device.Status(status)]
    page: dict[str, object] = {
        "heading": f"{change.format(found)}?",
        "text": meaning,
        "submit": change.format(found),
        "danger": status == Device.Status.RETIRED,
        "cancel": address,
        "crumbs": [(reverse("devices"), "Devices"), (address, found.serial)],
        "facts": [("Model", found.model), ("Now", found.get_status_display())],
    }
    if request.method == "POST":
        try:
            set_device_status(device=found, status=status, by=request.user)
        except NotPossible as refusal:
            page["refusal"] = refusal.message
            return render(request, "components/confirm.html", page, status=409)
        messages.success(request, f"{found}: {found.get_status_display().lower()}.")
        return redirect(address)
    return render(request, "components/confirm.html", page)
