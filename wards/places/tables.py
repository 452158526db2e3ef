"""The list of wards."""

import django_filters as filters
import django_tables2 as tables
from django.db.models import QuerySet

from hospital.lists import cell
from wards.places.models import Ward


class WardFilter(filters.FilterSet):
    """Wards by name, room or bed: where is N07?"""

    query = filters.CharFilter(
        label="Ward, room or bed", method="matching", max_length=100
    )

    class Meta:
        model = Ward
        fields = ()

    def matching(
        self, queryset: QuerySet[Ward], name: str, value: str
    ) -> QuerySet[Ward]:
        """Wards whose name, or a room or bed of which, holds the text."""
        return queryset.filter(pk__in=Ward.objects.holding(value))


class WardTable(tables.Table):
    """A line for each ward: how many rooms, and how its beds are."""

    name = tables.Column(
        linkify=("ward_places", {"slug": tables.A("slug")}),
        attrs={"td": {"class": "ww-cell-name"}},
    )
    rooms = tables.Column(
        accessor="room_count",
        verbose_name="Rooms",
        attrs=cell("text-end", label="Rooms"),
    )
    beds = tables.Column(
        accessor="bed_count",
        verbose_name="Beds in use",
        attrs=cell("text-end", label="Beds in use"),
    )
    taken = tables.Column(
        accessor="taken_count",
        verbose_name="Occupied",
        attrs=cell("text-end", label="Occupied"),
    )
    closed = tables.Column(
        accessor="closed_count",
        verbose_name="Closed",
        attrs=cell("text-end", label="Closed"),
    )

    class Meta:
        order_by = "name"
