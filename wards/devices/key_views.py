"""Keys of devices and gateways: issued, shown once, renewed, revoked."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from hospital.access.permissions import check_is_admin
from hospital.access.refusals import NotPossible
from hospital.http import Request
from wards.devices.actions import OVERLAP, issue_key, revoke_keys
from wards.devices.models import Device, Gateway


class KeyForm(forms.Form):
    """Asks for a new key, by somebody who saw ``newest`` as the newest so far."""

    newest = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


@require_http_methods(["GET", "POST"])
@cache_control(no_store=True)
def device_key(request: Request, pk: int) -> HttpResponse:
    """Issue or renew a device's key. The answer to the POST alone shows it."""
    check_is_admin(request.user)
    return _issue(request, get_object_or_404(Device, pk=pk))


@require_http_methods(["GET", "POST"])
@cache_control(no_store=True)
def gateway_key(request: Request, pk: int) -> HttpResponse:
    """Issue or renew a gateway's key. The answer to the POST alone shows it."""
    check_is_admin(request.user)
    return _issue(request, get_object_or_404(Gateway, pk=pk))


def _issue(request: Request, owner: Device | Gateway) -> HttpResponse:
    if request.method == "GET":
        return render(request, "devices/key.html", _page(owner))
    form = KeyForm(request.POST)
    newest = form.cleaned_data["newest"] if form.is_valid() else 0
    try:
        key = issue_key(owner=owner, by=request.user, unless_newer_than=newest)
    except NotPossible as refusal:
        page = _page(owner) | {"refusal": refusal.message}
        return render(request, "devices/key.html", page, status=409)
    page = _page(owner) | {
        "key": key,
        "heading": f"The new key of {owner}",
        "check_url": request.build_absolute_uri("/api/v1/device"),
    }
    return render(request, "devices/key_shown.html", page)


def _page(owner: Device | Gateway) -> dict[str, object]:
    kind = "device" if isinstance(owner, Device) else "gateway"
    valid = list(owner.keys.valid())
    newest = owner.keys.order_by("pk").last()
    address = reverse(kind, args=[owner.pk])
    return {
        "owner": owner,
        "kind": kind,
        "valid": valid,
        "ending": next((key for key in valid if key.expires_at), None),
        "form": KeyForm(initial={"newest": newest.pk if newest else 0}),
        "overlap_minutes": int(OVERLAP.total_seconds() // 60),
        "heading": f"Renew the key of {owner}" if valid else f"Issue a key for {owner}",
        "cancel": address,
        "crumbs": [
            (reverse(f"{kind}s"), f"{kind}s".capitalize()),
            (address, str(owner)),
        ],
    }


@require_http_methods(["GET", "POST"])
def device_key_revoke(request: Request, pk: int) -> HttpResponse:
    """Ask whether to end all keys of a device now, and do it."""
    check_is_admin(request.user)
    return _revoke(request, get_object_or_404(Device, pk=pk))


@require_http_methods(["GET", "POST"])
def gateway_key_revoke(request: Request, pk: int) -> HttpResponse:
    """Ask whether to end all keys of a gateway now, and do it."""
    check_is_admin(request.user)
    return _revoke(request, get_object_or_404(Gateway, pk=pk))


def _revoke(request: Request, owner: Device | Gateway) -> HttpResponse:
    page = _page(owner)
    if request.method == "POST":
        ended = revoke_keys(owner=owner, by=request.user)
        sentence = (
            f"All keys of {owner} have ended." if ended else f"{owner} had no key."
        )
        messages.success(request, sentence)
        return redirect(str(page["cancel"]))
    page |= {
        "heading": f"Revoke the keys of {owner}?",
        "text": (
            "Nothing can post with them from this moment on. If a patient is "
            "monitored through them, their board goes silent until a new key has "
            "been issued and set at the device."
        ),
        "submit": f"Revoke the keys of {owner}",
        "danger": True,
    }
    return render(request, "components/confirm.html", page)
