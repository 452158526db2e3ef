"""How the Django admin keeps to the house rules, and the audit to be read in it."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from hospital.access import audit
from hospital.access.models import AuditEvent
from hospital.accounts.models import User


def actor(request: HttpRequest) -> User:
    """Return who is at the keyboard. The admin is open to signed-in people only."""
    if not isinstance(request.user, User):
        raise TypeError("Nobody is signed in.")
    return request.user


class AuditedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Every change leaves an audit row in its own transaction; nothing is deleted.

    Actions are for people at work on the pages; this is for configuration, where a
    superuser sets things up and repairs them.
    """

    def has_delete_permission(
        self, request: HttpRequest, obj: models.Model | None = None
    ) -> bool:
        return False

    def save_model(
        self, request: HttpRequest, obj: Any, form: forms.ModelForm[Any], change: bool
    ) -> None:
        """Store the row, and who configured what."""
        super().save_model(request, obj, form, change)
        audit.record(
            f"{obj._meta.model_name}.configured",
            obj,
            by=actor(request),
            added=not change,
            changed=", ".join(form.changed_data),
        )


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """To look at, not to touch."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: models.Model | None = None
    ) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: models.Model | None = None
    ) -> bool:
        return False


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    """Who did what, when."""

    list_display = ("at", "actor", "kind", "subject")
    list_filter = ("kind",)
    list_select_related = ("actor",)
    search_fields = ("subject", "actor__full_name", "actor__email")
    date_hierarchy = "at"
    show_full_result_count = False
