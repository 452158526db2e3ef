"""The register as a list: who sees whom, search, filters, order, pages."""

import pytest
from django.urls import reverse

from tests.factories import (
    AdmissionFactory,
    BedFactory,
    PatientFactory,
    UserFactory,
    WardMembershipFactory,
    admit,
)

URL = "/patients/"
HTMX = {"HX-Request": "true"}


def names(response) -> list[str]:
    """The family names on the page, in their order."""
    return [row.record.family_name for row in response.context["table"].page]


def test_the_desk_sees_everybody(admin, sign_in, ward):
    admit(ward=ward, family_name="Here")
    PatientFactory(family_name="Never")

    assert names(sign_in(admin).get(URL)) == ["Here", "Never"]


@pytest.mark.parametrize("role", ["nurse", "doctor"])
def test_a_ward_sees_those_who_lie_there_now(role, request, sign_in, ward):
    admit(ward=ward, family_name="Here")
    admit(family_name="Elsewhere")
    AdmissionFactory(discharged=True, patient__family_name="Gone")

    page = sign_in(request.getfixturevalue(role)).get(URL)

    assert names(page) == ["Here"]


def test_a_nurse_of_another_ward_sees_nobody(stranger, sign_in, ward):
    admit(ward=ward, family_name="Here")

    page = sign_in(stranger).get(URL)

    assert names(page) == []
    assert "No patients on your wards" in page.text


def test_without_a_role_there_is_no_register(sign_in, db):
    assert sign_in(UserFactory(superuser=True)).get(URL).status_code == 403
    assert sign_in(UserFactory(role="")).get(URL).status_code == 403


def test_rows_lead_each_to_the_page_they_work_on(admin, nurse, sign_in, ward):
    patient = admit(ward=ward).patient

    assert reverse("patient_details", args=[patient.pk]) in sign_in(admin).get(URL).text
    assert f'href="{reverse("patient", args=[patient.pk])}"' in (
        sign_in(nurse).get(URL).text
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("müller", ["Müller"]),
        ("anna MÜLL", ["Müller"]),
        ("h-7", ["O'Neil"]),
        ("o'neil", ["O'Neil"]),
        ("%", ["50% Off"]),
        ("_", ["Under_score"]),
        ("\\", []),
        ('"', []),
        ("'; DROP TABLE", []),
        ("  ", ["50% Off", "Müller", "O'Neil", "Under_score"]),
    ],
)
def test_search_takes_every_character_for_itself(admin, sign_in, text, found):
    PatientFactory(family_name="Müller", given_name="Anna", hospital_number="H-1")
    PatientFactory(family_name="O'Neil", given_name="Bo", hospital_number="H-7")
    PatientFactory(family_name="50% Off", given_name="Cy", hospital_number="H-2")
    PatientFactory(family_name="Under_score", given_name="Di", hospital_number="H-3")

    assert names(sign_in(admin).get(URL, {"query": text})) == found


@pytest.mark.parametrize("bad", ["\x00", "x" * 101])
def test_a_search_that_cannot_be_finds_nobody(admin, sign_in, bad):
    PatientFactory()

    page = sign_in(admin).get(URL, {"query": bad})

    assert page.status_code == 200
    assert names(page) == []


def test_filters_by_stay_ward_and_sex(admin, sign_in, ward):
    admit(ward=ward, family_name="Here", sex="male")
    admit(family_name="Elsewhere")
    PatientFactory(family_name="Never", sex="male")
    client = sign_in(admin)

    assert names(client.get(URL, {"stay": "now"})) == ["Elsewhere", "Here"]
    assert names(client.get(URL, {"stay": "not"})) == ["Never"]
    assert names(client.get(URL, {"ward": ward.pk})) == ["Here"]
    assert names(client.get(URL, {"sex": "male"})) == ["Here", "Never"]
    assert names(client.get(URL, {"sex": "male", "stay": "not"})) == ["Never"]
    assert names(client.get(URL, {"sex": "nonsense"})) == []


def test_a_nurse_chooses_among_own_wards_only(nurse, sign_in, ward):
    elsewhere = admit(family_name="Elsewhere").bed_stays.get().bed.ward
    client = sign_in(nurse)

    page = client.get(URL)
    assert list(page.context["filter"].form.fields["ward"].queryset) == [ward]
    assert "stay" not in page.context["filter"].form.fields
    assert names(client.get(URL, {"ward": elsewhere.pk})) == []


def test_sorting_by_every_column(admin, sign_in, ward):
    admit(bed=BedFactory(ward=ward, label="A1"), family_name="B", sex="male")
    PatientFactory(family_name="A", hospital_number="Z", birth_date="1990-01-01")
    client = sign_in(admin)

    for column in ("name", "hospital_number", "birth_date", "sex", "place"):
        for sign in ("", "-"):
            assert len(names(client.get(URL, {"sort": sign + column}))) == 2
    assert names(client.get(URL, {"sort": "-name"})) == ["B", "A"]
    assert names(client.get(URL, {"sort": "birth_date"})) == ["B", "A"]


def test_pages(admin, sign_in):
    for number in range(30):
        PatientFactory(family_name=f"P{number:02}")
    client = sign_in(admin)

    assert len(names(client.get(URL))) == 25
    assert names(client.get(URL, {"page": 2})) == [f"P{n}" for n in range(25, 30)]
    assert names(client.get(URL, {"page": 99})) == [f"P{n}" for n in range(25, 30)]


def test_htmx_gets_the_list_without_the_page(admin, sign_in):
    PatientFactory(family_name="Somebody")
    client = sign_in(admin)

    part = client.get(URL, headers=HTMX)
    boosted = client.get(URL, headers=HTMX | {"HX-Boosted": "true"})

    assert "Somebody" in part.text
    assert "<html" not in part.text
    assert "<html" in boosted.text
    assert "HX-Request" in part["Vary"]
    assert "no-store" in part["Cache-Control"]


@pytest.mark.parametrize("count", [1, 12])
def test_queries_of_the_desk(admin, sign_in, count, ward, django_assert_num_queries):
    for _ in range(count):
        admit(ward=ward)
    client = sign_in(admin)

    # session, user, count, patients with their places, wards to choose, demo mark
    with django_assert_num_queries(6):
        client.get(URL)


@pytest.mark.parametrize("count", [1, 12])
def test_queries_of_a_nurse(nurse, sign_in, count, ward, django_assert_num_queries):
    WardMembershipFactory(user=nurse)
    for _ in range(count):
        admit(ward=ward)
    client = sign_in(nurse)

    # session, user, count, patients with their places, wards to choose, demo mark
    with django_assert_num_queries(6):
        client.get(URL)


def test_names_are_shown_as_they_are_written(admin, sign_in):
    PatientFactory(family_name="<script>alert(1)</script>", given_name='"><b>x')
    PatientFactory(family_name="الأحمد", given_name="محمد")
    PatientFactory(family_name="Ł" * 80, given_name="=HYPERLINK(0)")

    html = sign_in(admin).get(URL).text

    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<b>x" not in html
    assert "<bdi><strong>الأحمد</strong>, محمد</bdi>" in html
    assert "Ł" * 80 in html
