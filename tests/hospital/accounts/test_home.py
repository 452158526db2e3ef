"""Where each role lands."""

import pytest
from django.urls import reverse

from tests.factories import UserFactory

HOME = reverse("home")


@pytest.mark.parametrize(
    ("role", "lands_on"),
    [("nurse", "my_wards"), ("doctor", "my_wards"), ("admin", "admissions")],
)
def test_each_role_lands_where_its_work_is(request, sign_in, role, lands_on):
    user = request.getfixturevalue(role)

    assert sign_in(user).get(HOME).url == reverse(lands_on)


def test_superuser_lands_on_the_configuration(db, sign_in):
    assert sign_in(UserFactory(superuser=True)).get(HOME).url == reverse("admin:index")


def test_somebody_without_a_role_is_told_so(db, sign_in):
    page = sign_in(UserFactory(role="")).get(HOME)

    assert "no role yet" in page.text


def test_anonymous_signs_in_first(client, db):
    assert client.get(HOME).url == f"{reverse('account_login')}?next={HOME}"
