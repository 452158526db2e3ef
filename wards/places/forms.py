"""Forms of wards, rooms and beds."""

from typing import Any

from django import forms
from django.utils.text import slugify

from hospital.forms import HouseForm
from hospital.versions import version_of
from wards.places.actions import BED_FIELDS
from wards.places.labels import UnclearLabels, expand_labels
from wards.places.models import Bed, Room, Ward


class WardForm(HouseForm, forms.ModelForm[Ward]):
    """A new ward."""

    class Meta:
        model = Ward
        fields = ("name", "slug")
        labels = {"slug": "Name in links"}
        help_texts = {
            "slug": "Small letters, digits and hyphens, such as north. Left empty, it "
            "is made from the name. It never changes, so that no bookmark breaks."
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["slug"].required = False

    def clean_slug(self) -> str:
        """Keep links in small letters: nobody dictates capitals over a phone."""
        slug = str(self.cleaned_data["slug"]) or slugify(
            self.cleaned_data.get("name", "")
        )
        if not slug:
            raise forms.ValidationError("Please type the name that links shall have.")
        return slug.lower()


class WardNameForm(HouseForm, forms.Form):
    """Another name for a ward."""

    name = forms.CharField(max_length=80)


class RoomForm(HouseForm, forms.Form):
    """A room's name."""

    name = forms.CharField(max_length=40, help_text="As on its door, such as Bay 2.")


class BedsForm(HouseForm, forms.Form):
    """Several beds at once, for one room."""

    labels = forms.CharField(
        max_length=600,
        help_text="One, or several by commas, or a range: N01-N12.",
        widget=forms.TextInput(attrs={"spellcheck": "false"}),
    )
    room = forms.ModelChoiceField(queryset=Room.objects.none(), empty_label=None)

    def __init__(self, *args: Any, ward: Ward, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rooms = self.fields["room"]
        assert isinstance(rooms, forms.ModelChoiceField)
        rooms.queryset = ward.rooms.all()

    def clean_labels(self) -> list[str]:
        """Return the labels one by one."""
        try:
            return expand_labels(self.cleaned_data["labels"])
        except UnclearLabels as unclear:
            raise forms.ValidationError(str(unclear)) from unclear


class BedForm(HouseForm, forms.ModelForm[Bed]):
    """What a bed is called, where it stands, and where the board shows it."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    """Version of the bed this form was shown with."""

    class Meta:
        model = Bed
        fields = BED_FIELDS
        labels = {"position": "Order on the board"}
        help_texts = {"position": "Smaller numbers come first; equal ones go by label."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rooms = self.fields["room"]
        assert isinstance(rooms, forms.ModelChoiceField)
        rooms.queryset = Room.objects.filter(ward=self.instance.ward_id)
        rooms.empty_label = None
        self.initial["seen"] = version_of(self.instance, BED_FIELDS)
