"""How allauth behaves in a hospital."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class StaffAdapter(DefaultAccountAdapter):
    """Accounts are given by an admin; nobody signs up by themselves."""

    error_messages: dict[str, Any] = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": (
            "This email address and password do not belong together. "
            "Capital letters count in the password."
        ),
        "too_many_login_attempts": (
            "Too many tries with this address. Wait a few minutes, or set a new "
            "password by “Forgot your password?”."
        ),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
