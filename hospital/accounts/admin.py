"""Accounts in the Django admin: who signs in, and as what.

The class is registered by ``wards/places/admin.py``, which adds the wards a person
works on: imports point down only.
"""

from typing import Any

from allauth.account.models import EmailAddress
from django import forms
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.http import HttpRequest

from hospital.access import audit
from hospital.access.admin import AuditedAdmin, actor
from hospital.accounts.models import User


class NewStaffForm(forms.ModelForm[User]):
    """A new member of staff. They choose their password themselves, by mail."""

    class Meta:
        model = User
        fields = ("full_name", "email", "role")
        help_texts = {
            "email": "They sign in with it. A password they choose themselves, by "
            "“Forgot your password?” on the sign-in page."
        }

    def clean_email(self) -> str:
        """Keep addresses in small letters, as sign-in compares them."""
        return str(self.cleaned_data["email"]).strip().lower()

    def save(self, commit: bool = True) -> User:
        self.instance.set_unusable_password()
        return super().save(commit=commit)


class StaffForm(UserChangeForm):  # type: ignore[type-arg]
    """A member of staff. The password is shown to nobody."""

    def clean_email(self) -> str:
        """Keep addresses in small letters, as sign-in compares them."""
        return str(self.cleaned_data["email"]).strip().lower()


class StaffAdmin(AuditedAdmin, UserAdmin):  # type: ignore[type-arg]
    """Accounts are closed, never deleted: what their owners did keeps its name."""

    form = StaffForm
    add_form = NewStaffForm  # type: ignore[assignment]
    ordering = ("full_name",)
    list_display = ("full_name", "email", "role", "is_active", "is_staff")
    list_filter = ("role", "is_active", "is_staff")
    search_fields = ("full_name", "email")
    readonly_fields = ("last_login", "date_joined")
    filter_horizontal = ("user_permissions",)
    fieldsets = (
        (None, {"fields": ("full_name", "email", "password", "role", "is_active")}),
        (
            "Configuration",
            {
                "fields": ("is_staff", "is_superuser", "user_permissions"),
                "classes": ("collapse",),
            },
        ),
        ("Seen", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("full_name", "email", "role")}),
    )

    def save_model(
        self, request: HttpRequest, obj: Any, form: forms.ModelForm[Any], change: bool
    ) -> None:
        """Store the account; what decides access is in the audit by old and new."""
        before = User.objects.filter(pk=obj.pk).first()
        super().save_model(request, obj, form, change)
        if before and before.email != obj.email:
            # The old address opens nothing any more, and the new one is confirmed by
            # its owner when they next sign in.
            EmailAddress.objects.filter(user=obj).delete()
        if before and (before.role, before.is_active) != (obj.role, obj.is_active):
            audit.record(
                "user.access_changed",
                obj,
                by=actor(request),
                old_role=before.role,
                new_role=obj.role,
                active=obj.is_active,
            )

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Also write down a password set here: that page saves without the form."""
        match = request.resolver_match
        if match and match.url_name == "auth_user_password_change":
            audit.record("user.password_set", obj, by=actor(request))
        return super().log_change(request, obj, message)
