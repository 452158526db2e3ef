"""The register in the Django admin: to look at. The pages change it."""

from django.contrib import admin

from hospital.access.admin import ReadOnlyAdmin
from wards.patients.models import Patient


@admin.register(Patient)
class PatientAdmin(ReadOnlyAdmin):
    """Patients' administrative records."""

    list_display = ("hospital_number", "family_name", "given_name", "birth_date")
    search_fields = ("hospital_number", "family_name", "given_name")
