"""The desk's list of stays."""

from typing import Any

from django_tables2 import Column, DateTimeColumn, Table, TemplateColumn

from wards.admissions.models import Admission


def _cell(name: str) -> dict[str, dict[str, str]]:
    """Name a cell, so that a narrow screen can stack it."""
    return {"td": {"data-cell": name}}


class DeskTable(Table):
    """Who is where, since when, with which monitor, and what can be done."""

    patient = TemplateColumn(
        template_name="admissions/cells/patient.html",
        order_by=("patient__family_name", "patient__given_name"),
        attrs=_cell("patient"),
    )
    number = Column(
        accessor="patient__hospital_number",
        verbose_name="Number",
        attrs=_cell("number"),
    )
    bed = TemplateColumn(
        template_name="admissions/cells/bed.html",
        order_by=("ward_name", "bed_label"),
        attrs=_cell("bed"),
    )
    device = TemplateColumn(
        template_name="admissions/cells/device.html",
        verbose_name="Monitor",
        order_by=("device_serial",),
        attrs=_cell("device"),
    )
    admitted_at = DateTimeColumn(
        verbose_name="Admitted", format="j M Y, H:i", attrs=_cell("since")
    )
    actions = TemplateColumn(
        template_name="admissions/cells/actions.html",
        verbose_name="Actions",
        orderable=False,
        attrs=_cell("actions"),
    )

    class Meta:
        model = Admission
        fields = ("patient", "number", "bed", "device", "admitted_at", "actions")
        order_by = ("-admitted_at",)
        attrs: dict[str, Any] = {}
