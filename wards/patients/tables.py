"""The register as a table."""

from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from hospital.accounts.models import User
from hospital.lists import cell
from wards.patients.models import Patient


def page_of(patient: Patient, user: User) -> str:
    """Address of the page ``user`` works on with a patient: signs, or the record."""
    return reverse(
        "patient" if user.is_clinical else "patient_details", args=[patient.pk]
    )


class PatientTable(tables.Table):
    """One row a patient: who, and where they lie now."""

    name = tables.Column(
        verbose_name="Patient",
        accessor="family_name",
        order_by=("family_name", "given_name", "hospital_number"),
        attrs={"td": {"class": "ww-cell-name"}},
    )
    hospital_number = tables.Column(
        verbose_name="Number", attrs=cell("ww-nowrap", label="Number")
    )
    birth_date = tables.Column(
        verbose_name="Born", attrs=cell("ww-nowrap", label="Born")
    )
    sex = tables.Column(attrs=cell("ww-nowrap"))
    place = tables.Column(
        accessor="ward_name",
        verbose_name="Bed",
        order_by=("ward_name", "bed_label"),
        attrs=cell("ww-nowrap", label="Bed"),
    )

    class Meta:
        order_by = "name"

    def render_name(self, record: Patient) -> SafeString:
        """Family name first; isolated, so that any script keeps its own direction."""
        return format_html(
            '<a id="patient-{}" href="{}"><bdi><strong>{}</strong>, {}</bdi></a>',
            record.pk,
            page_of(record, self.request.user),
            record.family_name,
            record.given_name,
        )

    def render_birth_date(self, record: Patient) -> SafeString:
        return format_html(
            '{} <span class="ww-muted">({})</span>',
            f"{record.birth_date.day} {record.birth_date:%b %Y}",
            record.age(),
        )

    def render_sex(self, record: Patient) -> str:
        return record.get_sex_display()

    def render_place(self, record: Any) -> SafeString:
        return format_html(
            "<strong>{}</strong> · {}", record.bed_label, record.ward_name
        )
