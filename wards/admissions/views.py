"""The desk: who is where, and every change of that."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from hospital.access.permissions import check_is_staff_member
from hospital.access.refusals import NothingToDo, NotPossible
from hospital.http import Request, wants_partial
from hospital.lists import list_page
from wards.admissions import rules
from wards.admissions.actions import (
    discharge_patient,
    swap_device,
    transfer_patient,
)
from wards.admissions.choices.beds import BedChoice, ward_occupancy
from wards.admissions.choices.devices import DeviceChoice
from wards.admissions.choices.patients import PatientChoice
from wards.admissions.choices.sent import fingerprint
from wards.admissions.filters import DeskFilter
from wards.admissions.forms import (
    AdmissionForm,
    DeviceForm,
    DischargeForm,
    TransferForm,
)
from wards.admissions.models import Admission
from wards.admissions.tables import DeskTable

_F = TypeVar("_F", TransferForm, DeviceForm, DischargeForm)


@require_safe
def admissions(request: Request) -> HttpResponse:
    """Show the desk: free beds of every ward, and every patient who is here."""
    rules.check_is_desk(request.user)
    if request.htmx.target == "occupancy":
        wards = _occupancy()
        if request.GET.get("seen") == wards["occupancy_version"]:
            return HttpResponse(status=204)
        return render(request, "admissions/desk.html#occupancy", wards)
    stays = Admission.objects.for_desk()
    match request.GET.get("state"):
        case "ended":
            stays = stays.exclude(discharged_at=None)
        case "all":
            pass
        case _:
            stays = stays.open()
    return list_page(
        request,
        queryset=stays,
        table_class=DeskTable,
        filterset_class=DeskFilter,
        template="admissions/desk.html",
        context={} if wants_partial(request) else _occupancy(),
        empty_title="Nobody is admitted",
        empty_text="Patients appear here once they are admitted to a bed.",
        empty_url=reverse("admission_new"),
        empty_label="Admit a patient",
    )


def _occupancy() -> dict[str, object]:
    wards = ward_occupancy()
    return {"occupancy": wards, "occupancy_version": fingerprint(wards)}


# -- a new admission ---------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def admission_new(request: Request) -> HttpResponse:
    """Find or register a patient, and give them a bed and a monitor, all at once."""
    rules.check_is_desk(request.user)
    sent = _sent(request)
    if "same" in request.POST:
        # "It is this patient", said of somebody about to be registered twice.
        sent = sent.copy()
        sent["who"], sent["patient"] = AdmissionForm.FIND, request.POST["same"]
    # "look" is the search button of browsers without scripts: nothing is judged yet.
    if request.method != "POST" or "look" in sent or "same" in sent:
        return _admission_page(request, AdmissionForm.blank(sent), sent)
    form = AdmissionForm(request.POST)
    if answer := _answer_if_sent_before(request, form):
        return answer
    if form.is_valid():
        try:
            admission = form.admit(by=request.user)
        except NotPossible as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, f"Admitted: {_where(admission)}")
            return redirect("admission", admission.pk)
    # Once more: this form's twin may have been admitted while this one waited.
    return _answer_if_sent_before(request, form) or _admission_page(request, form, sent)


def _answer_if_sent_before(
    request: Request, form: AdmissionForm
) -> HttpResponse | None:
    """Answer a form that has made a stay already: a double tap, a reload, a way back.

    The same patient leads to that stay. Another patient, typed into a page that the
    browser had kept, is asked for again under a new number and never lost.
    """
    earlier = form.earlier()
    if earlier is None:
        return None
    if form.is_about(earlier.patient):
        messages.info(
            request,
            f"This form was sent twice. It was carried out once: {_where(earlier)}",
        )
        return redirect("admission", earlier.pk)
    form.renumber()
    form.add_error(
        None,
        f"This form has already been used to admit {earlier.patient}. Nothing was "
        "done now. Look through it, and send it again for another patient.",
    )
    return _admission_page(request, form, request.POST)


def _admission_page(
    request: Request, form: AdmissionForm, sent: QueryDict
) -> HttpResponse:
    context = {
        "form": form,
        "patients": PatientChoice.of(sent),
        "beds": BedChoice.of(sent),
        "devices": DeviceChoice.of(sent),
    }
    wrong = form.is_bound
    return render(request, "admissions/new.html", context, status=422 if wrong else 200)


@require_safe
def admission_patients(request: Request) -> HttpResponse:
    """Fragment: the patients that match, and where those are who are here."""
    rules.check_is_desk(request.user)
    patients = PatientChoice.of(request.GET)
    return render(request, "admissions/choose_patient.html", {"patients": patients})


@require_safe
def admission_beds(request: Request) -> HttpResponse:
    """Fragment: the free beds as they are now; 204 if the page shows just these."""
    rules.check_is_desk(request.user)
    beds = BedChoice.of(request.GET)
    if request.GET.get("beds_version") == beds.version:
        return HttpResponse(status=204)
    context = {"beds": beds, "renewed": True}
    return render(request, "admissions/choose_bed.html", context)


@require_safe
def admission_devices(request: Request) -> HttpResponse:
    """Fragment: the free monitors as they are now; 204 if the page shows just these.

    For the desk, and for nurses and doctors, who may see every device anyway.
    """
    check_is_staff_member(request.user)
    devices = DeviceChoice.of(request.GET)
    if request.GET.get("devices_version") == devices.version:
        return HttpResponse(status=204)
    return render(request, "admissions/choose_device.html", {"devices": devices})


# -- a stay ------------------------------------------------------------------------


@require_safe
def admission(request: Request, pk: int) -> HttpResponse:
    """Show one stay as the desk knows it, with its history."""
    rules.check_is_desk(request.user)
    stay = get_object_or_404(Admission.objects.with_history(), pk=pk)
    return render(request, "admissions/admission.html", {"admission": stay})


@require_http_methods(["GET", "HEAD", "POST"])
def admission_transfer(request: Request, pk: int) -> HttpResponse:
    """Move a patient to another bed."""
    rules.check_is_desk(request.user)
    stay = get_object_or_404(Admission.objects.with_history(), pk=pk)
    form = _form(TransferForm, request)

    def transfer() -> str:
        new = transfer_patient(admission=stay, by=request.user, **form.cleaned_data)
        return f"{stay.patient} is in bed {new.bed} on {new.bed.ward} now."

    beds = BedChoice.of(_sent(request))
    return _change(
        request, stay, form, transfer, "admissions/transfer.html", {"beds": beds}
    )


@require_http_methods(["GET", "HEAD", "POST"])
def admission_device(request: Request, pk: int) -> HttpResponse:
    """Give a patient a monitor, another one, or none. Also for the patient's ward."""
    stay = get_object_or_404(
        Admission.objects.manageable_by(request.user).with_history(), pk=pk
    )
    form = _form(DeviceForm, request)

    def swap() -> str:
        new = swap_device(admission=stay, by=request.user, **form.cleaned_data)
        if new:
            return f"{stay.patient} is monitored by {new.device} from now on."
        return f"{stay.patient} is without a monitor from now on."

    devices = DeviceChoice.of(_sent(request))
    return _change(
        request, stay, form, swap, "admissions/device.html", {"devices": devices}
    )


@require_http_methods(["GET", "HEAD", "POST"])
def admission_discharge(request: Request, pk: int) -> HttpResponse:
    """Ask, then end a stay and free its bed and monitor."""
    rules.check_is_desk(request.user)
    stay = get_object_or_404(Admission.objects.with_history(), pk=pk)
    form = _form(DischargeForm, request)

    def discharge() -> str:
        discharge_patient(admission=stay, by=request.user, **form.cleaned_data)
        return f"{stay.patient} is discharged. Free now: {_freed(stay)}."

    return _change(request, stay, form, discharge, "admissions/discharge.html", {})


# -- what the changes share ----------------------------------------------------------


def _sent(request: Request) -> QueryDict:
    return request.POST if request.method == "POST" else request.GET


def _form(kind: type[_F], request: Request) -> _F:
    """A form that judges what was sent, or a blank one that keeps what was typed."""
    sent = _sent(request)
    if request.method == "POST" and "look" not in sent:
        return kind(request.POST)
    return kind(initial={name: value for name, value in sent.items() if value})


def _change(
    request: Request,
    stay: Admission,
    form: _F,
    act: Callable[[], str],
    template: str,
    context: Mapping[str, object],
) -> HttpResponse:
    """Carry out a change of a stay, or show its form with what stands against it."""
    back = _home_of(stay, request)
    try:
        rules.check_is_open(stay)
        if form.is_bound and form.is_valid():
            messages.success(request, act())
            return redirect(back)
    except NothingToDo as refusal:
        messages.info(request, refusal.message)
        return redirect(back)
    except NotPossible as refusal:
        form.add_refusal(refusal)
    page = {"admission": stay, "form": form, "back": back} | dict(context)
    return render(request, template, page, status=422 if form.errors else 200)


def _home_of(stay: Admission, request: Request) -> str:
    """Where somebody goes on after a change: the desk's page, or the patient's."""
    if request.user.is_admin:
        return reverse("admission", args=[stay.pk])
    if stay.is_open:
        return reverse("patient", args=[stay.patient_id])
    return reverse("my_wards")


def _where(admission: Admission) -> str:
    """Say who lies where with which monitor, in a sentence."""
    stay, held = admission.bed_stay, admission.assignment
    if not admission.is_open or stay is None:
        return f"{admission.patient} has been discharged since."
    monitor = f"monitored by {held.device}" if held else "without a monitor"
    return f"{admission.patient}, bed {stay.bed} on {stay.bed.ward}, {monitor}."


def _freed(stay: Admission) -> str:
    """Name what a discharge frees."""
    bed, held = stay.bed_stay, stay.assignment
    names = [f"bed {bed.bed}"] if bed else []
    return " and ".join([*names, *([f"monitor {held.device}"] if held else [])])
