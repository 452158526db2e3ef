"""The register of patients: who is known, and what the desk has written down."""

from django.contrib import messages
from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from hospital.access.permissions import check_is_admin, check_is_staff_member
from hospital.access.refusals import NotPossible
from hospital.http import Request
from hospital.lists import list_page
from wards.admissions.models import Admission, BedStay, DeviceAssignment
from wards.patients.actions import change_patient, register_patient
from wards.patients.filters import PatientFilter
from wards.patients.forms import PatientForm
from wards.patients.models import Patient
from wards.patients.tables import PatientTable


@require_safe
def patients(request: Request) -> HttpResponse:
    """List everybody this person may know of."""
    check_is_staff_member(request.user)
    wording = (
        {
            "empty_title": "Nobody is registered yet",
            "empty_text": "Patients are registered on their first admission, or here.",
            "empty_url": reverse("patient_new"),
            "empty_label": "Register a patient",
        }
        if request.user.is_admin
        else {
            "empty_title": "No patients on your wards",
            "empty_text": "Whoever is admitted to a ward of yours appears here.",
        }
    )
    return list_page(
        request,
        queryset=Patient.objects.in_register_of(request.user).for_register(),
        table_class=PatientTable,
        filterset_class=PatientFilter,
        template="patients/list.html",
        context=wording,
    )


@require_safe
def patient_details(request: Request, pk: int) -> HttpResponse:
    """Show the administrative record: identity, contacts, allergies, stays."""
    patient = get_object_or_404(
        Patient.objects.in_register_of(request.user).select_related("registered_by"),
        pk=pk,
    )
    stays = list(_stays(patient))
    now = next((stay for stay in stays if stay.discharged_at is None), None)
    page = {"patient": patient, "stays": stays, "stay_now": now}
    return render(request, "patients/details.html", page)


def _stays(patient: Patient) -> QuerySet[Admission]:
    beds = BedStay.objects.select_related("bed__ward").order_by("started_at")
    devices = DeviceAssignment.objects.select_related("device").order_by("started_at")
    return patient.admissions.select_related("responsible_doctor").prefetch_related(
        Prefetch("bed_stays", beds), Prefetch("device_assignments", devices)
    )


@require_http_methods(["GET", "POST"])
def patient_new(request: Request) -> HttpResponse:
    """Register somebody who is not being admitted now."""
    check_is_admin(request.user)
    form = PatientForm(request.POST or None)
    if form.is_valid():
        try:
            patient = register_patient(patient=form.save(commit=False), by=request.user)
        except NotPossible as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(
                request, f"Registered {patient}, number {patient.hospital_number}."
            )
            return redirect("patient_details", patient.pk)
    page = {"form": form, "heading": "Register a patient", "submit": "Register"}
    return _form_page(request, page, crumbs=[], cancel=reverse("patients"))


@require_http_methods(["GET", "POST"])
def patient_edit(request: Request, pk: int) -> HttpResponse:
    """Change a patient's record."""
    check_is_admin(request.user)
    patient = get_object_or_404(Patient, pk=pk)
    name = str(patient)
    form = PatientForm(request.POST or None, instance=patient)
    if form.is_valid():
        try:
            change_patient(
                patient=form.save(commit=False),
                seen=form.cleaned_data["seen"],
                by=request.user,
            )
        except NotPossible as refusal:
            form.add_refusal(refusal)
        else:
            messages.success(request, f"Saved the record of {patient}.")
            return redirect("patient_details", pk)
    address = reverse("patient_details", args=[pk])
    page = {"form": form, "heading": f"Change the record of {name}", "submit": "Save"}
    return _form_page(request, page, crumbs=[(address, name)], cancel=address)


def _form_page(
    request: Request,
    page: dict[str, object],
    *,
    crumbs: list[tuple[str, str]],
    cancel: str,
) -> HttpResponse:
    """Render a form of the register; 422 once it was sent and refused."""
    page |= {"cancel": cancel, "crumbs": [(reverse("patients"), "Patients"), *crumbs]}
    status = 422 if request.method == "POST" else 200
    return render(request, "patients/form.html", page, status=status)
