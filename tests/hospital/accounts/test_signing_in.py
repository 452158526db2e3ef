"""Who gets in, who does not, and what they are told."""

import re
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse

from hospital.ops.context import INTENDED_USE
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

LOGIN = reverse("account_login")


@pytest.fixture(autouse=True)
def _fresh_limits():
    """Tries are counted in the cache, and tests come from one address."""
    from django.core.cache import cache

    cache.clear()


@pytest.fixture
def nia():
    """A nurse who knows her password."""
    return UserFactory(email="nia@hospital.invalid", password=PASSWORD)


def sign_in(client, email="nia@hospital.invalid", password=PASSWORD):
    return client.post(LOGIN, {"login": email, "password": password})


def is_signed_in(client) -> bool:
    return "_auth_user_id" in client.session


def link_in(mail, part: str) -> str:
    """The path of the link in a mail whose address holds ``part``."""
    url = re.search(rf"http://\S*{part}\S*", mail.body)
    return urlsplit(url[0]).path


@pytest.mark.parametrize(
    "typed", ["nia@hospital.invalid", "Nia@Hospital.INVALID", " nia@hospital.invalid "]
)
def test_email_in_any_letter_case_opens_the_door(client, nia, typed):
    response = sign_in(client, typed)

    assert is_signed_in(client)
    assert response.url == reverse("home")


def test_after_signing_in_the_person_is_where_they_wanted_to_be(client, nia):
    wanted = reverse("account_change_password")
    asked = client.get(wanted)
    assert asked.url == f"{LOGIN}?next={wanted}"

    response = client.post(
        asked.url,
        {"login": "nia@hospital.invalid", "password": PASSWORD, "next": wanted},
    )

    assert response.url == wanted


@pytest.mark.parametrize("email", ["nia@hospital.invalid", "nobody@hospital.invalid"])
def test_wrong_password_and_unknown_address_say_the_same(client, nia, email):
    response = sign_in(client, email, "wrong")

    assert not is_signed_in(client)
    assert "do not belong together" in response.text


def test_closed_account_is_told_so(client, nia):
    nia.is_active = False
    nia.save()

    response = client.post(
        LOGIN, {"login": nia.email, "password": PASSWORD}, follow=True
    )

    assert not is_signed_in(client)
    assert "This account is closed" in response.text


def test_unconfirmed_address_gets_a_link_that_opens_the_door(client, nia, mailoutbox):
    EmailAddress.objects.filter(user=nia).update(verified=False)

    response = client.post(
        LOGIN, {"login": nia.email, "password": PASSWORD}, follow=True
    )
    assert not is_signed_in(client)
    assert "Confirm your email address" in response.text

    [mail] = mailoutbox
    assert mail.to == [nia.email]
    link = link_in(mail, "confirm-email")
    assert "Confirm this address" in client.get(link).text
    client.post(link)
    client.logout()
    sign_in(client)
    assert is_signed_in(client)


def test_account_made_in_the_admin_confirms_its_address_first(client, mailoutbox):
    user = UserFactory(email="new@hospital.invalid", password=PASSWORD)
    EmailAddress.objects.filter(user=user).delete()

    sign_in(client, user.email)

    assert not is_signed_in(client)
    assert [mail.to for mail in mailoutbox] == [[user.email]]


def test_forgotten_password_is_replaced_by_following_the_mails_link(
    client, nia, mailoutbox
):
    client.post(reverse("account_reset_password"), {"email": "NIA@hospital.invalid"})
    [mail] = mailoutbox
    assert mail.to == [nia.email]

    link = client.get(link_in(mail, "password/reset/key"), follow=True)
    new = "an entirely new passphrase"
    form = link.request["PATH_INFO"]
    done = client.post(form, {"password1": new, "password2": new}, follow=True)
    assert "The new password is set" in done.text

    sign_in(client)
    assert not is_signed_in(client)
    sign_in(client, password=new)
    assert is_signed_in(client)

    used = client.get(link_in(mail, "password/reset/key"), follow=True)
    assert "This link no longer works" in used.text


def test_reset_for_an_unknown_address_answers_alike_and_offers_no_sign_up(
    client, mailoutbox
):
    response = client.post(
        reverse("account_reset_password"), {"email": "who@x.invalid"}, follow=True
    )

    assert "Look into your mail" in response.text
    [mail] = mailoutbox
    assert "no account has this address" in mail.body
    assert "signup" not in mail.body


def test_changed_address_counts_once_its_link_is_followed(
    client, nia, mailoutbox, sign_in
):
    client = sign_in(nia)
    change = reverse("account_email")
    client.post(change, {"email": "n2@hospital.invalid", "action_add": ""}, follow=True)
    nia.refresh_from_db()
    assert nia.email == "nia@hospital.invalid"

    [mail] = [mail for mail in mailoutbox if mail.to == ["n2@hospital.invalid"]]
    client.post(link_in(mail, "confirm-email"))

    nia.refresh_from_db()
    assert nia.email == "n2@hospital.invalid"


def test_changing_the_password_signs_out(client, nia, sign_in):
    client = sign_in(nia)
    new = "an entirely new passphrase"

    response = client.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
        follow=True,
    )

    assert not is_signed_in(client)
    assert "Your password is changed" in response.text


def test_short_and_common_passwords_are_refused(client, nia, sign_in):
    response = sign_in(nia).post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": "password", "password2": "password"},
    )

    assert "too short" in response.text
    assert "too common" in response.text


def test_nobody_signs_up(client):
    page = client.get(reverse("account_signup"))
    assert "Accounts are given by your hospital" in page.text

    client.post(
        reverse("account_signup"),
        {"email": "x@x.invalid", "password1": PASSWORD, "password2": PASSWORD},
    )
    assert not is_signed_in(client)
    assert not EmailAddress.objects.filter(email="x@x.invalid").exists()


def test_signing_out_takes_a_post(client, nia, sign_in):
    client = sign_in(nia)

    client.get(reverse("account_logout"))
    assert is_signed_in(client)
    client.post(reverse("account_logout"))
    assert not is_signed_in(client)


def test_many_wrong_passwords_close_the_door_for_a_while(client, nia):
    for _ in range(10):
        sign_in(client, password="wrong")

    response = sign_in(client)

    assert not is_signed_in(client)
    assert response.status_code == 429 or "Too many tries" in response.text


def test_sign_in_page_says_what_wardwatch_is_for(client):
    assert INTENDED_USE in client.get(LOGIN).text
