"""Gateways: the list, each one's page, and which devices it posts for."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from hospital.access.permissions import check_is_admin
from hospital.access.refusals import NotPossible
from hospital.http import Request
from hospital.lists import list_page
from wards.devices.actions import change_gateway, register_gateway
from wards.devices.filters import GatewayFilter
from wards.devices.forms import GatewayForm
from wards.devices.models import Gateway
from wards.devices.tables import TONES, GatewayTable


@require_safe
def gateways(request: Request) -> HttpResponse:
    """List the gateways."""
    check_is_admin(request.user)
    return list_page(
        request,
        queryset=Gateway.objects.for_list(),
        table_class=GatewayTable,
        filterset_class=GatewayFilter,
        template="gateways/list.html",
        empty_title="No gateways yet",
        empty_text="A gateway collects the readings of several devices and posts them "
        "with one key.",
        empty_url=reverse("gateway_new"),
        empty_label="Add a gateway",
    )


@require_safe
def gateway(request: Request, pk: int) -> HttpResponse:
    """Show one gateway: its devices and its keys."""
    check_is_admin(request.user)
    found = get_object_or_404(Gateway, pk=pk)
    page = {
        "gateway": found,
        "tone": TONES[found.status],
        "devices": found.devices.for_list(request.user).order_by("serial"),
        "owner": found,
        "keys": found.keys.newest(),
    }
    return render(request, "gateways/page.html", page)


@require_http_methods(["GET", "POST"])
def gateway_new(request: Request) -> HttpResponse:
    """Add a gateway, and go on to its key."""
    check_is_admin(request.user)
    form = GatewayForm(request.POST or None)
    if form.is_valid():
        try:
            added = register_gateway(
                gateway=form.save(commit=False),
                devices=form.cleaned_data["devices"],
                by=request.user,
            )
        except NotPossible as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(
                request, f"Added {added}. It needs a key before it can post."
            )
            return redirect("gateway", added.pk)
    page = {"form": form, "heading": "Add a gateway", "submit": "Add the gateway"}
    return _form_page(request, page, cancel=reverse("gateways"))


@require_http_methods(["GET", "POST"])
def gateway_edit(request: Request, pk: int) -> HttpResponse:
    """Change a gateway: its name, its status, the devices it may post for."""
    check_is_admin(request.user)
    found = get_object_or_404(Gateway, pk=pk)
    name = found.name
    form = GatewayForm(request.POST or None, instance=found)
    if form.is_valid():
        try:
            change_gateway(
                gateway=form.save(commit=False),
                devices=form.cleaned_data["devices"],
                seen=form.cleaned_data["seen"],
                by=request.user,
            )
        except NotPossible as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, f"Saved {found}.")
            return redirect("gateway", pk)
    page = {"form": form, "heading": f"Change {name}", "submit": "Save"}
    return _form_page(request, page, cancel=reverse("gateway", args=[pk]))


def _form_page(
    request: Request, page: dict[str, object], *, cancel: str
) -> HttpResponse:
    """Render a gateway's form; 422 once it was sent and refused."""
    page |= {"cancel": cancel, "crumbs": [(reverse("gateways"), "Gateways")]}
    status = 422 if request.method == "POST" else 200
    return render(request, "gateways/form.html", page, status=status)
