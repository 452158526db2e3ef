"""The list of wards."""

import django_filters as filters
import django_tables2 as tables
from django.db.models import QuerySet

from wards.places.models import Ward


class WardFilter(filters.FilterSet):
    """Wards by name, room or bed: where is N07?"""

    query = filters.CharFilter(label="Ward, room or bed", method="matching")

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

    name = tables.Column(linkify=("ward_places", {"slug": tables.A("slug")}))
    rooms = tables.Column(accessor="room_count", verbose_name="Rooms")
    beds = tables.Column(accessor="bed_count", verbose_name="Beds in use")
    taken = tables.Column(accessor="taken_count", verbose_name="Occupied")
    closed = tables.Column(accessor="closed_count", verbose_name="Closed")

    class Meta:
        order_by = "name"

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for column in ("rooms", "beds", "taken", "closed"):
            numbers = {"class": "text-end"}
            self.columns[column].column.attrs = {"td": numbers, "th": numbers}
