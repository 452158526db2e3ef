"""The readings of a patient's stay: as a table, as CSV, and one value struck out."""

from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from hospital.access import audit
from hospital.access.permissions import check_is_clinical
from hospital.access.refusals import NotPossible
from hospital.http import Request, wants_partial
from hospital.lists import dress
from monitoring.board.access import visible_stays
from monitoring.readings.actions import strike_out
from monitoring.readings.export import csv_lines
from monitoring.readings.filters import ReadingFilter, older_than
from monitoring.readings.forms import StrikeOutForm
from monitoring.readings.models import Reading, ReadingQuerySet
from monitoring.readings.rows import instant, microseconds, rows_of, vitals_in
from monitoring.readings.tables import ReadingTable
from monitoring.vitals import VITAL_NAMES, VitalName
from wards.admissions.models import Admission, BedStay
from wards.devices.models import Device

PER_PAGE: Final = 50


@require_safe
def readings(request: Request, patient_id: int) -> HttpResponse:
    """A stay's readings, newest first, narrowed by vital, monitor and time."""
    stay = _stay(request, patient_id)
    chosen = _filter(request, stay.admission)
    page = _page(request, chosen) | {
        "stay": stay,
        "admission": stay.admission,
        "patient": stay.admission.patient,
        "ward": stay.bed.ward,
    }
    region = "#region" if wants_partial(request) else ""
    return render(request, f"readings/readings.html{region}", page)


@require_safe
def readings_csv(request: Request, patient_id: int) -> StreamingHttpResponse:
    """All readings that the table's filters leave, as a file. Noted in the audit."""
    stay = _stay(request, patient_id)
    chosen = _filter(request, stay.admission)
    if not chosen.is_valid():
        raise Http404("These filters say nothing that can be found.")
    vitals = [chosen.only_vital] if chosen.only_vital else list(VITAL_NAMES)
    audit.record(
        "readings.exported",
        stay.admission,
        by=request.user,
        filters=request.GET.urlencode(),
    )
    name = f"readings-of-admission-{stay.admission_id}.csv"
    return StreamingHttpResponse(
        csv_lines(chosen.qs, vitals),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def reading_strike_out(
    request: Request, patient_id: int, device_id: int, at: int
) -> HttpResponse:
    """Say that a value of one reading is wrong, and why."""
    stay = _stay(request, patient_id)
    (row,) = rows_of([_reading(stay.admission, device_id, at)])
    form = StrikeOutForm(request.POST or None, row=row)
    if form.is_valid():
        try:
            strike_out(
                admission=stay.admission,
                device_id=device_id,
                at=row.reading.at,
                by=request.user,
                **form.cleaned_data,
            )
        except NotPossible as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, "The value is struck out. It stays readable.")
            return redirect("readings", patient_id)
    page = {
        "stay": stay,
        "patient": stay.admission.patient,
        "admission": stay.admission,
        "ward": stay.bed.ward,
        "row": row,
        "form": form,
    }
    return render(
        request,
        "readings/strike_out.html",
        page,
        status=422 if form.is_bound else 200,
    )


@require_safe
def device_readings(request: Request, device_id: int) -> HttpResponse:
    """What a device posted while no patient had it: for clinical staff only."""
    check_is_clinical(request.user)
    device = get_object_or_404(Device, pk=device_id)
    unassigned = Reading.objects.filter(device=device, admission=None)
    chosen = _narrowed(request, unassigned, Device.objects.filter(pk=device_id))
    page = _page(request, chosen) | {"device": device}
    region = "#region" if wants_partial(request) else ""
    return render(request, f"readings/unassigned.html{region}", page)


def _stay(request: Request, patient_id: int) -> BedStay:
    return get_object_or_404(visible_stays(request.user), admission__patient=patient_id)


def _reading(admission: Admission, device_id: int, at: int) -> Reading:
    try:
        moment = instant(at)
    except OverflowError:
        raise Http404("No such time.") from None
    return get_object_or_404(
        Reading.objects.of_admission(admission).select_related("device"),
        device=device_id,
        at=moment,
    )


def _filter(request: Request, admission: Admission) -> ReadingFilter:
    devices = Device.objects.filter(assignments__admission=admission).distinct()
    return _narrowed(request, Reading.objects.of_admission(admission), devices)


def _narrowed(
    request: Request, found: ReadingQuerySet, devices: QuerySet[Device]
) -> ReadingFilter:
    return ReadingFilter(
        request.GET,
        queryset=found.select_related("device", "admission"),
        devices=devices,
    )


def _page(request: Request, chosen: ReadingFilter) -> dict[str, Any]:
    """One page of a filter's readings, found by where the page before it ended."""
    dress(chosen.form)
    shown = chosen.qs if chosen.is_valid() else Reading.objects.none()
    found = list(older_than(shown, _mark(request))[: PER_PAGE + 1])
    rows = rows_of(found[:PER_PAGE])
    vitals: list[VitalName] = (
        [chosen.only_vital] if chosen.only_vital else vitals_in(rows)
    )
    last = rows[-1].reading if len(found) > PER_PAGE else None
    query = request.GET.copy()
    query.pop("before", None)
    return {
        "table": ReadingTable(rows, vitals=vitals),
        "rows": rows,
        "filter": chosen,
        "list_is_narrowed": chosen.is_narrowed,
        "older": f"{microseconds(last.at)}-{last.device_id}" if last else "",
        "is_first": "before" not in request.GET,
        "query": query.urlencode(),
    }


def _mark(request: Request) -> tuple[datetime, int] | None:
    """Where the page before ended; nonsense in the address begins at the newest."""
    at, _, device_id = request.GET.get("before", "").partition("-")
    try:
        return instant(int(at)), int(device_id)
    except (ValueError, OverflowError):
        return None
