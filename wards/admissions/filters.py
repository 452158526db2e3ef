"""How the desk narrows its list of stays."""

from django.db.models import Q
from django_filters import CharFilter, ChoiceFilter, FilterSet, ModelChoiceFilter

from wards.admissions.models import Admission, AdmissionQuerySet
from wards.places.models import Ward


class DeskFilter(FilterSet):
    """Search, ward, and which stays. Empty means all wards, and who is here now."""

    query = CharFilter(
        label="Patient, number, bed or monitor", method="matching", max_length=100
    )
    ward = ModelChoiceFilter(
        label="Ward",
        queryset=Ward.objects.all(),
        empty_label="All wards",
        to_field_name="slug",
        method="on_ward",
    )
    state = ChoiceFilter(
        label="Stays",
        choices=[("ended", "Discharged"), ("all", "All stays")],
        empty_label="Here now",
        method="as_given",
    )

    class Meta:
        model = Admission
        fields: tuple[str, ...] = ()

    def matching(
        self, found: AdmissionQuerySet, name: str, text: str
    ) -> AdmissionQuerySet:
        """Stays in which every word is found somewhere."""
        for word in text.split():
            found = found.filter(
                Q(patient__family_name__icontains=word)
                | Q(patient__given_name__icontains=word)
                | Q(patient__hospital_number__icontains=word)
                | Q(bed_label__icontains=word)
                | Q(device_serial__icontains=word)
            )
        return found

    def on_ward(
        self, found: AdmissionQuerySet, name: str, ward: Ward
    ) -> AdmissionQuerySet:
        """Stays whose patient lies, or lay last, on a ward."""
        return found.filter(Q(ward_slug=ward.slug))

    def as_given(
        self, found: AdmissionQuerySet, name: str, state: str
    ) -> AdmissionQuerySet:
        """The view has chosen by state already, so that it can count them."""
        return found
