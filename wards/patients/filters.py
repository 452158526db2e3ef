"""Searching and narrowing the register."""

from typing import Any

import django_filters as filters
from django.db.models import QuerySet

from hospital.http import Request
from wards.patients.models import Patient, PatientQuerySet
from wards.places.models import Ward


def _wards(request: Request) -> QuerySet[Ward]:
    user = request.user
    return Ward.objects.all() if user.is_admin else Ward.objects.visible_to(user)


class PatientFilter(filters.FilterSet):
    """Search by name or number; narrow by stay, ward and sex."""

    query = filters.CharFilter(method="search", label="Name or hospital number")
    stay = filters.ChoiceFilter(
        method="by_stay",
        label="Stay",
        empty_label="Everybody",
        choices=[("now", "Admitted now"), ("not", "Not admitted")],
    )
    ward = filters.ModelChoiceFilter(
        queryset=_wards, method="by_ward", label="Ward", empty_label="All wards"
    )
    sex = filters.ChoiceFilter(choices=Patient.Sex, label="Sex", empty_label="Any")

    class Meta:
        model = Patient
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["query"].extra["max_length"] = 100
        if not self.request.user.is_admin:
            # Whom a nurse or doctor sees here is admitted: nothing to choose.
            del self.filters["stay"]

    def search(
        self, patients: PatientQuerySet, name: str, text: str
    ) -> PatientQuerySet:
        return patients.matching(text)

    def by_stay(
        self, patients: PatientQuerySet, name: str, stay: str
    ) -> PatientQuerySet:
        here = Patient.objects.admitted().values("pk")
        return (
            patients.filter(pk__in=here)
            if stay == "now"
            else patients.exclude(pk__in=here)
        )

    def by_ward(
        self, patients: PatientQuerySet, name: str, ward: Ward
    ) -> PatientQuerySet:
        return patients.filter(pk__in=Patient.objects.lying_on(ward).values("pk"))
