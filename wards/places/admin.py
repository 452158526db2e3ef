"""Places, and who works where, in the Django admin."""

from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.db import models, transaction
from django.http import HttpRequest

from hospital.access import audit
from hospital.access.admin import AuditedAdmin, ReadOnlyAdmin, actor
from hospital.accounts.admin import StaffAdmin
from hospital.accounts.models import User
from wards.events import publish_ward_changed
from wards.places.models import Bed, Room, Ward, WardMembership


class _EndedNotDeleted:
    """Memberships end by their last day, so that it stays known who could see what."""

    def has_delete_permission(
        self, request: HttpRequest, obj: models.Model | None = None
    ) -> bool:
        return False


class MembershipOfUser(_EndedNotDeleted, admin.TabularInline):  # type: ignore[type-arg]
    """The wards a person works on."""

    model = WardMembership
    fk_name = "user"
    extra = 1


class MembershipOfWard(_EndedNotDeleted, admin.TabularInline):  # type: ignore[type-arg]
    """The people who work on a ward."""

    model = WardMembership
    extra = 1
    autocomplete_fields = ("user",)


class _WritesDownMemberships:
    """Changed memberships go into the audit. Saving them tells open screens."""

    def save_formset(
        self,
        request: HttpRequest,
        form: forms.ModelForm[Any],
        formset: "forms.BaseModelFormSet[Any, Any]",
        change: bool,
    ) -> None:
        super().save_formset(request, form, formset, change)  # type: ignore[misc]
        touched = [*formset.new_objects, *(row for row, _ in formset.changed_objects)]
        for membership in touched:
            if isinstance(membership, WardMembership):
                audit.record(
                    "membership.set",
                    membership,
                    by=actor(request),
                    user=membership.user_id,
                    ward=membership.ward_id,
                    starts_on=str(membership.starts_on),
                    ends_on=str(membership.ends_on or ""),
                )


@admin.register(User)
class StaffOfWardsAdmin(_WritesDownMemberships, StaffAdmin):
    """Accounts, with the wards each works on."""

    inlines = (MembershipOfUser,)


@admin.register(Ward)
class WardAdmin(_WritesDownMemberships, AuditedAdmin):
    """Wards, with the people who work on each."""

    list_display = ("name", "slug")
    search_fields = ("name",)
    prepopulated_fields = {"slug": ("name",)}
    inlines = (MembershipOfWard,)

    def save_model(
        self, request: HttpRequest, obj: Any, form: forms.ModelForm[Any], change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        transaction.on_commit(partial(publish_ward_changed, obj.pk), robust=True)


@admin.register(Room)
class RoomAdmin(AuditedAdmin):
    """Rooms. The ward of a room never changes."""

    list_display = ("name", "ward")
    list_filter = ("ward",)
    list_select_related = ("ward",)

    def get_readonly_fields(
        self, request: HttpRequest, obj: Room | None = None
    ) -> tuple[str, ...]:
        return ("ward",) if obj else ()


@admin.register(Bed)
class BedAdmin(ReadOnlyAdmin):
    """Beds, to look at. The pages under Places change them, and know who lies there."""

    list_display = ("label", "room", "ward", "position", "in_use")
    list_filter = ("ward", "in_use")
    list_select_related = ("room", "ward")
    search_fields = ("label",)
