import csv
import io
import re
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.test import AsyncClient
from django.urls import reverse
from django.utils import timezone

from hospital.access.models import AuditEvent
from monitoring.readings import export, views
from monitoring.readings.actions import strike_out
from monitoring.readings.models import Reading, StruckOutValue
from monitoring.readings.rows import microseconds
from monitoring.vitals import off_bit
from tests.factories import DeviceFactory
from tests.monitoring.readings.conftest import store

pytestmark = pytest.mark.django_db


def table(html):
    """The rows of the page's table, each a list of its cells' words."""
    rows = re.findall(r"<tr.*?</tr>", html[html.index("<tbody") :], re.DOTALL)
    return [
        [
            " ".join(re.sub(r"<[^>]+>", " ", cell).split())
            for cell in re.findall(r"<td.*?>(.*?)</td>", row, re.DOTALL)
        ]
        for row in rows
    ]


@pytest.fixture
def page(sign_in, nurse, stay):
    """Return a function opening the stay's readings as the ward's nurse."""
    client = sign_in(nurse)
    url = reverse("readings", args=[stay.patient_id])
    return lambda **query: client.get(url, query)


def test_readings_stand_newest_first_with_what_is_off_or_late(page, stay):
    store(stay, ago=30, heart_rate=70, temperature=36.85)
    store(stay, heart_rate=71, off=off_bit("spo2"))
    store(stay, ago=601, heart_rate=72, received_at=timezone.now(), is_late=True)

    html = page().text
    newest, older, late = table(html)

    assert newest[1:3] == ["71", "sensor off"]
    assert older[1:4] == ["70", "", "36.85"]
    assert late[1] == "72"
    assert "late by 10 min" in late[0]


def test_a_struck_out_value_is_shown_as_such_with_who_and_why(page, stay, nurse):
    reading = store(stay, heart_rate=250)
    strike_out(
        admission=stay,
        device_id=reading.device_id,
        at=reading.at,
        vital="heart_rate",
        reason="Test signal",
        by=nurse,
    )

    html = page().text

    assert re.search(r"<del[^>]*>250</del>", html)
    assert re.search(r"struck out by Nia Nurse, [^:]+:\d\d: Test signal", html)


def test_they_are_narrowed_by_vital_monitor_and_time(page, stay):
    store(stay, ago=10, heart_rate=70)
    store(stay, ago=20, spo2=97)
    store(stay, ago=2 * 3600, heart_rate=71)
    store(stay, ago=12 * 3600, heart_rate=72)
    other = DeviceFactory()
    since = timezone.localtime() - timedelta(hours=13)
    until = timezone.localtime() - timedelta(hours=1)

    def found(**query):
        html = page(**query).text
        return [row[1] for row in table(html)] if "<tbody" in html else []

    assert found(vital="heart_rate") == ["70", "71"]
    assert found(vital="heart_rate", period="1h") == ["70"]
    assert found(vital="heart_rate", period="24h") == ["70", "71", "72"]
    assert found(vital="heart_rate", period="all") == ["70", "71", "72"]
    assert found(since=f"{since:%Y-%m-%dT%H:%M}", until=f"{until:%Y-%m-%dT%H:%M}") == [
        "71",
        "72",
    ]
    device = stay.device_assignments.get().device_id
    assert found(vital="heart_rate", device=device) == ["70", "71"]
    assert found(device=other.pk) == []
    assert found(vital="mood") == []


def test_pages_follow_one_another_without_gap_or_repeat(page, stay, monkeypatch):
    monkeypatch.setattr(views, "PER_PAGE", 3)
    for number in range(7):
        store(stay, ago=number, heart_rate=60 + number)

    seen, query = [], {}
    while True:
        html = page(**query).text
        seen += [row[1] for row in table(html)]
        older = re.search(r"before=(\d+-\d+)", html)
        if not older:
            break
        query = {"before": older[1]}

    assert seen == [str(60 + number) for number in range(7)]


@pytest.mark.parametrize("rows", [1, 12])
def test_a_page_takes_the_same_few_queries(page, stay, rows, django_assert_num_queries):
    for number in range(rows):
        store(stay, ago=number, heart_rate=60, spo2=97)
    page()

    # session, user, stay, is the device one of the stay's, devices to choose from,
    # readings, what was struck out, is it the demo hospital
    with django_assert_num_queries(7):
        assert page().status_code == 200


def test_htmx_gets_the_table_alone(sign_in, nurse, stay):
    store(stay, heart_rate=70)

    html = (
        sign_in(nurse)
        .get(
            reverse("readings", args=[stay.patient_id]), headers={"HX-Request": "true"}
        )
        .text
    )

    assert "<html" not in html
    assert 'id="list-region"' in html


def test_only_this_stays_readings_are_there(page, stay):
    reading = store(stay, heart_rate=70)
    Reading.objects.filter(at=reading.at).update(admission=None)

    assert "No readings here" in page().text


def addresses(stay, reading):
    patient = stay.patient_id
    return [
        reverse("readings", args=[patient]),
        reverse("readings_csv", args=[patient]),
        reverse(
            "reading_strike_out",
            args=[patient, reading.device_id, microseconds(reading.at)],
        ),
    ]


def test_others_find_nothing(sign_in, stay, stranger, admin):
    reading = store(stay, heart_rate=70)

    for user in (stranger, admin):
        for url in addresses(stay, reading):
            assert sign_in(user).get(url).status_code == 404
        strike = addresses(stay, reading)[-1]
        sent = {"vital": "heart_rate", "reason": "x"}
        assert sign_in(user).post(strike, sent).status_code == 404
    assert not StruckOutValue.objects.exists()


def test_a_value_is_struck_out_on_a_page_of_its_own(sign_in, nurse, stay):
    reading = store(stay, heart_rate=250, spo2=97)
    client = sign_in(nurse)
    url = addresses(stay, reading)[-1]
    assert "Heart rate 250 /min" in client.get(url).text

    wrong = client.post(url, {"vital": "temperature", "reason": ""})
    right = client.post(url, {"vital": "heart_rate", "reason": "Test signal"})

    assert wrong.status_code == 422
    assert right.status_code == 302
    assert StruckOutValue.objects.get().struck_out_by == nurse
    again = client.get(url).text
    assert "Heart rate 250" not in again
    assert "Oxygen saturation 97 %" in again


@pytest.mark.parametrize("at", [0, 10**30])
def test_a_reading_that_is_not_there_is_not_found(sign_in, nurse, stay, at):
    reading = store(stay, heart_rate=70)
    url = reverse("reading_strike_out", args=[stay.patient_id, reading.device_id, at])

    assert sign_in(nurse).get(url).status_code == 404


async def test_the_file_holds_what_the_filters_leave(
    transactional_db, stay, nurse, monkeypatch
):
    from tests.monitoring.board.conftest import in_database

    monkeypatch.setattr(export, "BATCH", 2)

    def prepare():
        store(stay, ago=30, heart_rate=70, spo2=97)
        store(stay, ago=20, heart_rate=71.5, off=off_bit("spo2"))
        reading = store(stay, ago=10, heart_rate=250)
        strike_out(
            admission=stay,
            device_id=reading.device_id,
            at=reading.at,
            vital="heart_rate",
            reason='=HYPERLINK("http://evil.invalid")',
            by=nurse,
        )
        store(stay, ago=5 * 3600, heart_rate=72)
        return reading

    struck = await in_database(prepare)
    client = AsyncClient()
    await in_database(lambda: client.force_login(nurse))

    answer = await client.get(
        reverse("readings_csv", args=[stay.patient_id]), {"vital": "heart_rate"}
    )
    text = "".join([part.decode() async for part in answer.streaming_content])
    # Nobody else ends what the client's thread began.
    await sync_to_async(connections.close_all)()

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer["Content-Disposition"]
    lines = list(csv.DictReader(io.StringIO(text)))
    assert [line["heart_rate (/min)"] for line in lines] == ["", "71.5", "70"]
    assert lines[0]["at"] == timezone.localtime(struck.at).isoformat()
    assert lines[0]["struck_out"].startswith("heart_rate 250: =HYPERLINK")
    assert "Nia Nurse" in lines[0]["struck_out"]
    assert "spo2 (%)" not in lines[0]
    event = await in_database(lambda: AuditEvent.objects.get(kind="readings.exported"))
    assert event.detail == {"filters": "vital=heart_rate"}


def test_no_text_becomes_a_formula():
    for text in ("=1+1", "+1", "-1", "@x", "\tx", "\rx"):
        assert export.safe(text) == f"'{text}"
    assert export.safe("SIM-N01") == "SIM-N01"


def test_what_a_device_posted_with_nobody_is_for_clinical_staff(
    sign_in, nurse, stranger, admin, stay
):
    reading = store(stay, heart_rate=55)
    Reading.objects.filter(at=reading.at).update(admission=None)
    url = reverse("device_readings", args=[reading.device_id])

    assert table(sign_in(nurse).get(url).text)[0][1] == "55"
    assert sign_in(stranger).get(url).status_code == 200
    assert sign_in(admin).get(url).status_code == 403
