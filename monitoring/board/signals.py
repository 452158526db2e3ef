"""Telling open screens that somebody's access may have ended.

Only a notice: sockets ask the database themselves, every few seconds anyway, so a
change that slips past these signals (a bulk update) ends a screen a little later.
"""

from functools import partial
from typing import Any

from django.contrib.auth.signals import user_logged_out
from django.db import transaction
from django.db.models.signals import post_delete, post_save

from hospital.accounts.models import User
from wards.events import publish_access_changed
from wards.places.models import WardMembership


def connect() -> None:
    """Start to listen; called once, when the app is ready."""
    user_logged_out.connect(_signed_out, dispatch_uid="board.signed_out")
    post_save.connect(_user_saved, User, dispatch_uid="board.user_saved")
    for signal in (post_save, post_delete):
        signal.connect(_membership, WardMembership, dispatch_uid="board.membership")


def _signed_out(user: User | None, **rest: Any) -> None:
    if user is not None:
        _publish(user.pk)


def _user_saved(
    instance: User, created: bool, update_fields: Any = None, **rest: Any
) -> None:
    """A role, a password or an account may have changed; signing in changes neither."""
    if not created and set(update_fields or ()) != {"last_login"}:
        _publish(instance.pk)


def _membership(instance: WardMembership, **rest: Any) -> None:
    _publish(instance.user_id)


def _publish(user_id: int) -> None:
    transaction.on_commit(partial(publish_access_changed, user_id), robust=True)
