"""Where a person lands after signing in."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from hospital.http import Request


@require_safe
def home(request: Request) -> HttpResponse:
    """Send each role where its work is."""
    if request.user.is_clinical:
        return redirect("my_wards")
    if request.user.is_admin:
        return redirect("admissions")
    if request.user.is_staff:
        return redirect("admin:index")
    return render(request, "accounts/no_role.html")
