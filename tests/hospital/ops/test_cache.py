"""Without Redis people still sign in, and are still counted."""

import pytest
from django.core.cache import caches
from django.test import Client
from django.urls import reverse

from tests import factories
from tests.site import free_port


@pytest.fixture
def lost_redis(settings):
    """A Redis that nothing answers for."""
    settings.CACHES = {
        "default": {
            "BACKEND": "hospital.ops.cache.SpareableRedisCache",
            "LOCATION": f"redis://127.0.0.1:{free_port()}/0",
            "KEY_PREFIX": "wardwatch",
            "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
        }
    }
    yield caches["default"]
    caches["default"]._own.clear()


def test_without_redis_each_process_remembers_for_itself(lost_redis):
    assert lost_redis.add("tries", [1], timeout=60)
    assert not lost_redis.add("tries", [2], timeout=60)
    lost_redis.set("tries", [3])
    assert lost_redis.get("tries", []) == [3]
    assert lost_redis.delete("tries")
    assert lost_redis.get("tries", []) == []


def test_without_redis_people_sign_in(lost_redis, db):
    user = factories.UserFactory()
    user.set_password("a long enough password")
    user.save()

    answer = Client().post(
        reverse("account_login"),
        {"login": user.email, "password": "a long enough password"},
    )

    assert answer.status_code == 302


def test_without_redis_guessing_is_limited_all_the_same(lost_redis, nurse):
    browser = Client()
    answers = [
        browser.post(
            reverse("account_login"), {"login": nurse.email, "password": f"guess {n}"}
        )
        for n in range(12)
    ]
    assert "Too many" in answers[-1].content.decode() or answers[-1].status_code == 429
