"""Forms of devices and gateways."""

from typing import Any

from django import forms
from django.db.models import Q

from hospital.forms import VersionedForm
from wards.devices.models import Device, Gateway


class DeviceSettingsForm(VersionedForm, forms.ModelForm[Device]):
    """What may be changed of a device. Saved by the action, never by ``save()``."""

    versioned = Device.SETTINGS_FIELDS

    class Meta:
        model = Device
        fields = Device.SETTINGS_FIELDS
        labels = {
            "expected_interval": "Posts every (seconds)",
            "episodic_interval": "Measures blood pressure and the like every (seconds)",
        }
        help_texts = {
            "expected_interval": (
                "As it is set at the device. After a few such intervals without a "
                "post the ward is told that it is silent."
            ),
            "episodic_interval": (
                "As it is set at the device. Cuff pressures and other spot values are "
                "judged stale by this."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("expected_interval", "episodic_interval"):
            # "5", not "5.0": nobody writes seconds like that.
            self.initial[name] = f"{getattr(self.instance, name):g}"


class DeviceForm(DeviceSettingsForm):
    """A new device. Its serial is who it is, so it is asked for only here."""

    class Meta(DeviceSettingsForm.Meta):
        fields = ("serial", *Device.SETTINGS_FIELDS)
        help_texts = DeviceSettingsForm.Meta.help_texts | {
            "serial": "As printed on it. It cannot be changed afterwards."
        }

    def clean_serial(self) -> str:
        """Refuse a serial that differs from another only in the case of letters."""
        serial: str = self.cleaned_data["serial"]
        if Device.objects.filter(serial__iexact=serial).exists():
            raise forms.ValidationError("There is a device of that serial already.")
        return serial


class GatewayForm(VersionedForm, forms.ModelForm[Gateway]):
    """A gateway and the devices it may post for."""

    versioned = Gateway.SETTINGS_FIELDS

    class Meta:
        model = Gateway
        fields = Gateway.SETTINGS_FIELDS
        error_messages = {
            "name": {"unique": "There is a gateway of that name already."}
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choosable = ~Q(status=Device.Status.RETIRED)
        if self.instance.pk:
            # Those it has stay listed, or saving would take them away unseen.
            choosable |= Q(pk__in=self.instance.devices.values("pk"))
        else:
            del self.fields["status"]
        devices = self.fields["devices"]
        assert isinstance(devices, forms.ModelMultipleChoiceField)
        devices.queryset = Device.objects.filter(choosable).order_by("serial")
        devices.required = False

    @property
    def device_choices(self) -> list[tuple[Device, bool]]:
        """Every device that can be chosen, and whether it is; the chosen ones first."""
        chosen = {str(value) for value in self["devices"].value() or []}
        queryset = self.fields["devices"].queryset  # type: ignore[attr-defined]
        choices = [(device, str(device.pk) in chosen) for device in queryset]
        return sorted(choices, key=lambda choice: not choice[1])
