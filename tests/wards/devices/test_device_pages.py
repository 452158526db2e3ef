"""Devices on pages: the list, each one's page, settings and status."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories import (
    BedFactory,
    DeviceFactory,
    GatewayFactory,
    UserFactory,
    admit,
    issue_key,
)
from wards.devices.models import Device

pytestmark = pytest.mark.django_db

URL = "/devices/"
NEW = "/devices/new/"
IN_SERVICE, MAINTENANCE, RETIRED = Device.Status


def page_of(device: Device) -> str:
    return reverse("device", args=[device.pk])


def serials(response) -> list[str]:
    """The serials on the page, in their order."""
    return [row.record.serial for row in response.context["table"].page]


def cells(response, column: str) -> list[str]:
    """What a column shows, row by row."""
    return [str(row.get_cell(column)) for row in response.context["table"].page]


def hear(device: Device, seconds_ago: float, **contact) -> Device:
    """Have the device heard so long ago."""
    at = timezone.now() - timedelta(seconds=seconds_ago)
    contact |= {"last_heard_at": at, "last_reading_at": at}
    type(device.contact).objects.filter(pk=device.pk).update(**contact)
    return device


# -- who may ----------------------------------------------------------------------


@pytest.mark.parametrize("role", ["nurse", "doctor", "stranger", "admin"])
def test_everybody_who_works_here_may_look(role, request, sign_in):
    device = DeviceFactory()
    client = sign_in(request.getfixturevalue(role))

    assert serials(client.get(URL)) == [device.serial]
    assert client.get(page_of(device)).status_code == 200


def test_without_a_role_there_is_nothing_to_see(sign_in, db):
    client = sign_in(UserFactory(role=""))

    assert client.get(URL).status_code == 403
    assert client.get(page_of(DeviceFactory())).status_code == 403


@pytest.mark.parametrize("role", ["nurse", "doctor", "stranger"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_only_the_desk_writes(role, method, request, sign_in):
    device = DeviceFactory(model="Before")
    send = getattr(sign_in(request.getfixturevalue(role)), method)

    for name, *more in [
        ("device_edit",),
        ("device_status", RETIRED),
        ("device_key",),
        ("device_key_revoke",),
    ]:
        answer = send(reverse(name, args=[device.pk, *more]), {"model": "After"})
        assert answer.status_code == 403
    assert send(NEW, {"serial": "X"}).status_code == 403
    device.refresh_from_db()
    assert (device.model, device.status, device.keys.count()) == (
        "Before",
        IN_SERVICE,
        0,
    )


def test_where_a_device_is_is_told_to_those_who_may_know(
    admin, nurse, stranger, sign_in, ward
):
    device = DeviceFactory()
    stay = admit(bed=BedFactory(ward=ward, label="N07"), device=device)
    name = stay.patient.family_name

    for user, place in [(admin, "N07"), (nurse, "N07"), (stranger, "Assigned")]:
        listed = cells(sign_in(user).get(URL), "place")
        page = sign_in(user).get(page_of(device)).text
        assert place in listed[0]
        assert ("North" in listed[0]) == (user != stranger)
        assert ("N07" in page) == (user != stranger)
        assert (name in page) == (user != stranger)


def test_past_patients_are_the_desks_to_know(admin, nurse, sign_in, ward):
    device = DeviceFactory()
    stay = admit(ward=ward, device=device)
    for held in (stay.device_assignments, stay.bed_stays):
        held.update(ended_at=timezone.now(), ended_by=admin)
    stay.discharged_at, stay.discharged_by = timezone.now(), admin
    stay.save()

    assert stay.patient.family_name in sign_in(admin).get(page_of(device)).text
    assert stay.patient.family_name not in sign_in(nurse).get(page_of(device)).text


def test_keys_are_the_desks_to_see(admin, nurse, sign_in):
    device = DeviceFactory()
    hint = issue_key(device)[:8]

    assert hint in sign_in(admin).get(page_of(device)).text
    assert hint not in sign_in(nurse).get(page_of(device)).text


# -- the list ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("sn-1", ["SN-1"]),
        ("philips", ["SN-1"]),
        ("sn mindray", ["SN_2%"]),
        ("%", ["SN_2%"]),
        ("_", ["SN_2%"]),
        ("'", []),
        ('"', []),
    ],
)
def test_search_by_serial_and_model(admin, sign_in, text, found):
    DeviceFactory(serial="SN-1", model="Philips MX")
    DeviceFactory(serial="SN_2%", model="Mindray N12")

    assert serials(sign_in(admin).get(URL, {"query": text})) == found


def test_filters_by_status_kind_and_use(admin, sign_in):
    DeviceFactory(serial="FREE", kind="wearable")
    DeviceFactory(serial="REPAIR", status=MAINTENANCE)
    admit(device=DeviceFactory(serial="USED"))
    client = sign_in(admin)

    def found(**chosen) -> list[str]:
        return serials(client.get(URL, chosen))

    assert found(status="maintenance") == ["REPAIR"]
    assert found(kind="wearable") == ["FREE"]
    assert found(use="assigned") == ["USED"]
    assert found(use="free") == ["FREE"]
    assert found(use="free", kind="bedside") == []
    assert found(use="nonsense") == []


def test_filters_by_signal_as_the_devices_own_rule_judges(admin, sign_in):
    quick = DeviceFactory(serial="QUICK", expected_interval=1)  # silent after 10 s
    slow = DeviceFactory(serial="SLOW", expected_interval=60)  # silent after 300 s
    hear(quick, 20)
    hear(slow, 20)
    DeviceFactory(serial="NEVER")
    hear(DeviceFactory(serial="RETIRED", status=RETIRED), 9999)
    client = sign_in(admin)

    page = client.get(URL)
    assert [
        s
        for s, cell in zip(serials(page), cells(page, "heard"), strict=True)
        if "Silent" in cell
    ] == ["QUICK"]
    assert serials(client.get(URL, {"signal": "silent"})) == ["QUICK"]
    assert serials(client.get(URL, {"signal": "heard"})) == ["SLOW"]
    assert serials(client.get(URL, {"signal": "never"})) == ["NEVER"]


def test_what_a_device_tells_of_itself_is_put_in_words(admin, sign_in):
    device = DeviceFactory()
    hear(device, 12.5, battery_percent=55.4, firmware="<2.1>", clock_skew=12.7)

    page = sign_in(admin).get(URL)

    assert "12 s ago</time>" in cells(page, "heard")[0]
    assert 'title="' in cells(page, "heard")[0]
    assert cells(page, "battery") == ["55 %"]
    assert cells(page, "clock") == ["12 s ahead"]
    assert "&lt;2.1&gt;" in page.text


def test_an_empty_battery_is_not_an_unknown_one(admin, sign_in):
    hear(DeviceFactory(serial="A"), 1, battery_percent=0)
    DeviceFactory(serial="B")

    assert cells(sign_in(admin).get(URL), "battery") == ["0 %", "—"]


def test_sorting_by_every_column_with_the_unknown_last(admin, sign_in, ward):
    hear(DeviceFactory(serial="A"), 500, battery_percent=10, clock_skew=5)
    hear(DeviceFactory(serial="B"), 5, battery_percent=90, clock_skew=-5)
    DeviceFactory(serial="C")
    admit(device=DeviceFactory(serial="D"))
    client = sign_in(admin)

    def order(by: str) -> list[str]:
        return serials(client.get(URL, {"sort": by}))

    for column in ("serial", "model", "kind", "status", "firmware", "place"):
        assert len(order(column)) == len(order(f"-{column}")) == 4
    assert order("heard") == ["A", "B", "C", "D"]
    assert order("-heard") == ["B", "A", "C", "D"]
    assert order("battery") == ["A", "B", "C", "D"]
    assert order("-clock") == ["A", "B", "C", "D"]
    assert order("place")[0] == "D"


def test_htmx_gets_the_list_without_the_page(nurse, sign_in):
    DeviceFactory(serial="SN-1")

    part = sign_in(nurse).get(URL, headers={"HX-Request": "true"})

    assert "SN-1" in part.text
    assert "<html" not in part.text


@pytest.mark.parametrize("role", ["admin", "nurse"])
@pytest.mark.parametrize("count", [1, 12])
def test_queries_of_the_list(
    role, count, request, sign_in, ward, django_assert_num_queries
):
    for _ in range(count):
        admit(ward=ward)
    client = sign_in(request.getfixturevalue(role))

    # session, user, count, devices with contact and place, demo mark
    with django_assert_num_queries(5):
        client.get(URL)


@pytest.mark.parametrize("count", [1, 12])
def test_queries_of_a_page(admin, sign_in, count, django_assert_num_queries):
    device = DeviceFactory()
    for _ in range(count):
        issue_key(device, expires_at=timezone.now() + timedelta(hours=1))
    GatewayFactory.create_batch(count)
    client = sign_in(admin)

    # session, user, device with contact and place, patients it was with, gateways,
    # valid keys, ended keys, demo mark
    with django_assert_num_queries(8):
        client.get(page_of(device))


# -- settings ---------------------------------------------------------------------

ENTERED = {
    "serial": "SN-9",
    "model": "Example 5",
    "kind": "bedside",
    "expected_interval": "2.5",
    "episodic_interval": "900",
}


def test_adding_a_device(admin, sign_in):
    answer = sign_in(admin).post(NEW, ENTERED | {"serial": " SN-9 "}, follow=True)

    device = Device.objects.get()
    assert answer.redirect_chain == [(page_of(device), 302)]
    assert (device.serial, device.expected_interval) == ("SN-9", 2.5)
    assert "needs a key" in answer.text


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("serial", "", "required"),
        ("serial", "sn-1", "There is a device of that serial already."),
        ("expected_interval", "0", "greater than or equal to 0.1"),
        ("expected_interval", "-5", "greater than or equal to 0.1"),
        ("expected_interval", "nan", "Enter a number"),
        ("expected_interval", "1e9", "less than or equal to 86400"),
        ("episodic_interval", "0.5", "greater than or equal to 1"),
        ("kind", "toaster", "Select a valid choice"),
    ],
)
def test_what_a_device_cannot_be(admin, sign_in, field, value, sentence):
    DeviceFactory(serial="SN-1")

    answer = sign_in(admin).post(NEW, ENTERED | {field: value})

    assert answer.status_code == 422
    assert sentence in answer.context["form"].errors[field][0]
    assert Device.objects.count() == 1


def test_changing_a_device_and_never_its_serial(admin, sign_in):
    device = DeviceFactory(serial="SN-1", expected_interval=5.0)
    client = sign_in(admin)
    url = reverse("device_edit", args=[device.pk])
    form = client.get(url).context["form"]
    assert "serial" not in form.fields
    assert form["expected_interval"].value() == "5"

    seen = form.initial["seen"]
    answer = client.post(url, ENTERED | {"seen": seen})

    assert answer.url == page_of(device)
    device.refresh_from_db()
    assert (device.serial, device.model) == ("SN-1", "Example 5")
    assert client.post(url, ENTERED | {"seen": seen, "model": "X"}).status_code == 422


# -- status -----------------------------------------------------------------------


def test_setting_the_status_is_asked_first(admin, sign_in):
    device = DeviceFactory()
    client = sign_in(admin)
    url = reverse("device_status", args=[device.pk, "maintenance"])

    assert f"Put {device} in maintenance?" in client.get(url).text
    assert client.post(url).url == page_of(device)
    device.refresh_from_db()
    assert device.status == MAINTENANCE


def test_a_device_with_a_patient_cannot_leave_service(admin, sign_in, ward):
    device = DeviceFactory()
    admit(bed=BedFactory(ward=ward, label="N07"), device=device)
    client = sign_in(admin)

    refused = client.post(reverse("device_status", args=[device.pk, "retired"]))

    assert refused.status_code == 409
    assert "N07 on North is monitored by it: swap the device first." in refused.text
    assert "Retire it" not in client.get(page_of(device)).text
    assert "Swap the device" in client.get(page_of(device)).text


def test_a_status_nobody_knows_is_not_found(admin, sign_in):
    url = reverse("device_status", args=[DeviceFactory().pk, "lost"])

    assert sign_in(admin).post(url).status_code == 404


def test_addresses_that_lead_nowhere(admin, sign_in):
    client = sign_in(admin)

    for name in ("device", "device_edit", "device_key", "device_key_revoke"):
        assert client.get(reverse(name, args=[99])).status_code == 404
