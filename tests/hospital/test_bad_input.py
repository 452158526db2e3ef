"""Addresses, headers and cookies that nobody types: an answer in words, never a 500."""

import pytest
from django.test import Client

from tests import factories

MANY_WORDS = "a " * 4000


@pytest.mark.parametrize(
    "address",
    [
        "/admissions/new/?same=1",
        "/admissions/?ward=%00",
        "/patients/?per_page=-1",
        "/patients/?per_page=0",
        "/patients/?page=-1",
        "/patients/?page=99999999999999999999",
        "/patients/?sort=registered_by__password",
        "/patients/?query=%00",
        "/devices/?per_page=-1",
        "/places/?query=%00",
    ],
)
def test_nonsense_in_an_address_is_answered(address, admin, sign_in):
    assert sign_in(admin).get(address).status_code == 200


def test_how_many_rows_a_page_has_is_not_for_an_address_to_say(admin, sign_in):
    factories.PatientFactory.create_batch(27)
    page = sign_in(admin).get("/patients/", {"per_page": 1000}).content.decode()
    assert page.count('id="patient-') == 25


@pytest.mark.parametrize("address", ["/admissions/", "/patients/", "/places/"])
def test_a_search_of_thousands_of_words_never_reaches_the_database(
    address, admin, sign_in
):
    page = sign_in(admin).get(address, {"query": MANY_WORDS}).content.decode()
    assert "at most 100 characters" in page


def test_the_desk_searches_for_no_more_than_anybody_types(
    admin, sign_in, django_assert_max_num_queries
):
    desk = sign_in(admin)
    with django_assert_max_num_queries(8) as captured:
        desk.get("/admissions/choose/patients/", {"patient_text": MANY_WORDS})
    assert max(len(query["sql"]) for query in captured) < 20_000


@pytest.mark.parametrize("page", ["http://[foo", "", "nonsense", "//evil.invalid/"])
def test_whatever_htmx_says_of_its_page_the_sign_in_comes(page, db):
    answer = Client().get(
        "/patients/", headers={"HX-Request": "true", "HX-Current-URL": page}
    )
    assert answer.headers["HX-Redirect"].startswith("/accounts/login/")
    assert "evil" not in answer.headers["HX-Redirect"]


def test_a_session_cookie_no_database_can_hold_is_nobody(db):
    client = Client(headers={"Cookie": 'sessionid="abcdefgh\\000abcdefgh"'})
    assert client.get("/patients/").status_code == 302
