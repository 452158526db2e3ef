"""The Django admin: configuration by superusers, nothing clinical, nothing deleted."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.contrib import admin as django_admin
from django.urls import reverse
from django.utils import timezone

from hospital.access.models import AuditEvent
from hospital.accounts.models import User
from tests.factories import PASSWORD, UserFactory, WardFactory, WardMembershipFactory
from wards.events import ACCESS_GROUP
from wards.places.models import Ward, WardMembership

pytestmark = pytest.mark.django_db

OURS = [
    model
    for model in django_admin.site._registry
    if model._meta.app_label in {"hospital", "wards", "monitoring"}
]


@pytest.fixture
def superuser():
    return UserFactory(superuser=True, full_name="Sue Super", password=PASSWORD)


@pytest.fixture
def desk(sign_in, superuser):
    """A browser a superuser is signed in on."""
    return sign_in(superuser)


@pytest.fixture
def heard_of_access():
    """Return a function giving what open screens were told about access, in order."""
    layer = get_channel_layer()
    channel = async_to_sync(layer.new_channel)()
    async_to_sync(layer.group_add)(ACCESS_GROUP, channel)

    def told() -> list[int]:
        queue = layer.channels.get(channel)
        return [queue.get_nowait()[1]["user"] for _ in range(queue.qsize())]

    return told


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_each_list_and_form_opens_and_nothing_can_be_deleted(desk, model):
    meta = model._meta
    name = f"admin:{meta.app_label}_{meta.model_name}"
    assert desk.get(reverse(f"{name}_changelist")).status_code == 200
    assert desk.get(reverse(f"{name}_add")).status_code in (200, 403)
    row = model.objects.first()
    if row is not None:
        assert desk.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200
        assert desk.get(reverse(f"{name}_delete", args=[row.pk])).status_code == 403


def test_nothing_clinical_is_registered():
    names = {model.__name__ for model in OURS}

    assert names == {
        "AuditEvent",
        "Bed",
        "Device",
        "Gateway",
        "Patient",
        "Room",
        "User",
        "Ward",
    }


@pytest.mark.parametrize("role", ["nurse", "doctor", "admin"])
def test_people_at_work_do_not_get_in(request, sign_in, role):
    user = request.getfixturevalue(role)

    page = sign_in(user).get(reverse("admin:index"), follow=True)

    assert page.status_code == 403


def test_admin_has_no_door_of_its_own(client):
    response = client.get(reverse("admin:login"))

    assert response.status_code == 302
    assert response.url.startswith(reverse("account_login"))


def test_new_account_has_no_password_until_its_owner_chooses_one(
    desk, superuser, client, mailoutbox
):
    response = desk.post(
        reverse("admin:hospital_user_add"),
        {
            "full_name": "Nia New",
            "email": "Nia@Hospital.invalid",
            "role": "nurse",
            "ward_memberships-TOTAL_FORMS": 0,
            "ward_memberships-INITIAL_FORMS": 0,
        },
    )
    assert response.status_code == 302
    nia = User.objects.get(email="nia@hospital.invalid")
    assert not nia.has_usable_password()
    event = AuditEvent.objects.get(kind="user.configured")
    assert (event.actor, event.subject) == (superuser, f"user:{nia.pk}")

    client.post(reverse("account_reset_password"), {"email": nia.email})
    [mail] = mailoutbox
    assert mail.to == [nia.email]
    link = urlsplit(re.search(r"http://\S+/reset/key/\S+", mail.body)[0]).path
    form = client.get(link, follow=True).request["PATH_INFO"]
    client.post(form, {"password1": PASSWORD, "password2": PASSWORD})
    nia.refresh_from_db()
    assert nia.check_password(PASSWORD)


def user_form(user, **changed):
    """What the admin's form of an account sends."""
    memberships = list(user.ward_memberships.all())
    rows = {
        "ward_memberships-TOTAL_FORMS": len(memberships) + 1,
        "ward_memberships-INITIAL_FORMS": len(memberships),
    }
    for number, row in enumerate(memberships):
        rows |= {
            f"ward_memberships-{number}-id": row.pk,
            f"ward_memberships-{number}-user": user.pk,
            f"ward_memberships-{number}-ward": row.ward_id,
            f"ward_memberships-{number}-starts_on": row.starts_on,
        }
    return {
        "full_name": user.full_name,
        "email": user.email,
        "role": user.role,
        "is_active": "on",
        **rows,
        **changed,
    }


def test_closing_an_account_is_written_down_and_open_screens_ask_again(
    desk, nurse, heard_of_access, django_capture_on_commit_callbacks
):
    form = user_form(nurse)
    del form["is_active"]

    with django_capture_on_commit_callbacks(execute=True):
        desk.post(reverse("admin:hospital_user_change", args=[nurse.pk]), form)

    nurse.refresh_from_db()
    assert not nurse.is_active
    assert AuditEvent.objects.get(kind="user.access_changed").detail == {
        "old_role": "nurse",
        "new_role": "nurse",
        "active": False,
    }
    assert nurse.pk in heard_of_access()


def test_a_membership_that_ends_is_written_down_and_told(
    desk, nurse, ward, heard_of_access, django_capture_on_commit_callbacks
):
    yesterday = timezone.localdate() - timedelta(days=1)
    form = user_form(nurse, **{"ward_memberships-0-ends_on": yesterday})

    with django_capture_on_commit_callbacks(execute=True):
        desk.post(reverse("admin:hospital_user_change", args=[nurse.pk]), form)

    assert not Ward.objects.visible_to(nurse).exists()
    event = AuditEvent.objects.get(kind="membership.set")
    assert event.detail["ends_on"] == str(yesterday)
    assert event.detail["ward"] == ward.pk
    assert nurse.pk in heard_of_access()


def test_a_ward_takes_in_a_member(
    desk, heard_of_access, django_capture_on_commit_callbacks
):
    ward, nurse = WardFactory(), UserFactory()
    form = {
        "name": ward.name,
        "slug": ward.slug,
        "memberships-TOTAL_FORMS": 1,
        "memberships-INITIAL_FORMS": 0,
        "memberships-0-user": nurse.pk,
        "memberships-0-ward": ward.pk,
        "memberships-0-starts_on": timezone.localdate(),
    }

    with django_capture_on_commit_callbacks(execute=True):
        desk.post(reverse("admin:wards_ward_change", args=[ward.pk]), form)

    assert list(Ward.objects.visible_to(nurse)) == [ward]
    assert heard_of_access() == [nurse.pk]


def test_memberships_are_ended_not_deleted(desk, nurse):
    form = user_form(nurse, **{"ward_memberships-0-DELETE": "on"})

    desk.post(reverse("admin:hospital_user_change", args=[nurse.pk]), form)

    assert WardMembership.objects.filter(user=nurse).exists()


def test_password_set_for_somebody_is_written_down(desk, superuser, nurse):
    desk.post(
        reverse("admin:auth_user_password_change", args=[nurse.pk]),
        {
            "password1": "an entirely new one",
            "password2": "an entirely new one",
            "usable_password": "true",
        },
    )

    nurse.refresh_from_db()
    assert nurse.check_password("an entirely new one")
    assert AuditEvent.objects.get(kind="user.password_set").actor == superuser


def test_changed_address_must_be_confirmed_and_the_old_one_opens_nothing(
    desk, client, mailoutbox
):
    nia = UserFactory(email="nia@hospital.invalid", password=PASSWORD)

    desk.post(
        reverse("admin:hospital_user_change", args=[nia.pk]),
        user_form(nia, email="nia.new@hospital.invalid"),
    )

    for email in ("nia@hospital.invalid", "nia.new@hospital.invalid"):
        client.post(reverse("account_login"), {"login": email, "password": PASSWORD})
        assert "_auth_user_id" not in client.session
    assert [mail.to for mail in mailoutbox] == [["nia.new@hospital.invalid"]]


def test_demo_is_said_here_too(desk, monkeypatch):
    monkeypatch.setattr("hospital.ops.context._is_demo", True)

    assert "data-demo" in desk.get(reverse("admin:index")).text


def test_membership_of_one_day_in_the_past_is_refused_in_words(desk, nurse):
    row = WardMembershipFactory(user=UserFactory())
    form = user_form(
        row.user,
        **{"ward_memberships-0-ends_on": row.starts_on - timedelta(days=1)},
    )

    response = desk.post(
        reverse("admin:hospital_user_change", args=[row.user.pk]), form
    )

    assert "The last day is before the first day." in response.text
