"""Gateways on pages: the list, each one's page, and its devices."""

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories import DeviceFactory, GatewayFactory, admit, issue_key
from wards.devices.models import Device, Gateway

pytestmark = pytest.mark.django_db

URL = "/gateways/"
NEW = "/gateways/new/"


def edit(gateway: Gateway) -> str:
    return reverse("gateway_edit", args=[gateway.pk])


def names(response) -> list[str]:
    return [row.record.name for row in response.context["table"].page]


@pytest.mark.parametrize("role", ["nurse", "doctor", "stranger"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_gateways_are_the_desks(role, method, request, sign_in):
    gateway = GatewayFactory()
    client = sign_in(request.getfixturevalue(role))

    for name in ("gateway_edit", "gateway_key", "gateway_key_revoke"):
        answer = getattr(client, method)(reverse(name, args=[gateway.pk]))
        assert answer.status_code == 403
    assert getattr(client, method)(NEW).status_code == 403
    assert client.get(URL).status_code == 403
    assert client.get(reverse("gateway", args=[gateway.pk])).status_code == 403


def test_the_list(admin, sign_in):
    busy = GatewayFactory(name="Busy")
    busy.devices.set([DeviceFactory(serial="SN-1"), DeviceFactory(serial="SN-2")])
    issue_key(busy, last_used_at=timezone.now())
    GatewayFactory(name="Idle <b>", status=Gateway.Status.RETIRED)
    client = sign_in(admin)

    html = client.get(URL).text
    assert "2 devices" in html
    assert "just now" in html
    assert "No key" in html
    assert "Idle &lt;b&gt;" in html
    assert names(client.get(URL, {"query": "busy"})) == ["Busy"]
    assert names(client.get(URL, {"query": "sn-2"})) == ["Busy"]
    assert names(client.get(URL, {"query": "%"})) == []
    assert names(client.get(URL, {"status": "retired"})) == ["Idle <b>"]
    for column in ("name", "status", "device_count", "key_used_at"):
        assert len(names(client.get(URL, {"sort": f"-{column}"}))) == 2


@pytest.mark.parametrize("count", [1, 12])
def test_queries_of_the_list(admin, sign_in, count, django_assert_num_queries):
    for gateway in GatewayFactory.create_batch(count):
        gateway.devices.set([DeviceFactory()])
        issue_key(gateway)
    client = sign_in(admin)

    # session, user, count, gateways with their counts and keys, demo mark
    with django_assert_num_queries(5):
        client.get(URL)


@pytest.mark.parametrize("count", [1, 12])
def test_queries_of_a_page(admin, sign_in, count, ward, django_assert_num_queries):
    gateway = GatewayFactory()
    for _ in range(count):
        gateway.devices.add(
            admit(ward=ward).device_assignments.get().device,
        )
    client = sign_in(admin)

    # session, user, gateway, devices with contact and place, valid keys, ended keys,
    # demo mark
    with django_assert_num_queries(7):
        client.get(reverse("gateway", args=[gateway.pk]))


def test_adding_a_gateway(admin, sign_in):
    device = DeviceFactory()

    answer = sign_in(admin).post(NEW, {"name": "Cellar", "devices": [device.pk]})

    gateway = Gateway.objects.get()
    assert answer.url == reverse("gateway", args=[gateway.pk])
    assert (gateway.name, gateway.status) == ("Cellar", "in_service")
    assert list(gateway.devices.all()) == [device]


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "Attic"}, "name"),
        ({"name": "New", "devices": ["999999"]}, "devices"),
        ({"name": "New", "devices": ["x"]}, "devices"),
    ],
)
def test_what_a_gateway_cannot_be(admin, sign_in, sent, field):
    GatewayFactory(name="Attic")

    answer = sign_in(admin).post(NEW, sent)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert Gateway.objects.count() == 1


def test_changing_what_a_gateway_posts_for(admin, sign_in):
    gateway = GatewayFactory()
    old, new = DeviceFactory(), DeviceFactory()
    gateway.devices.set([old])
    client = sign_in(admin)
    form = client.get(edit(gateway)).context["form"]
    assert form.device_choices == [(old, True), (new, False)]

    sent = {
        "name": gateway.name,
        "status": "in_service",
        "devices": [new.pk],
        "seen": form.initial["seen"],
    }
    assert client.post(edit(gateway), sent).status_code == 302
    assert list(gateway.devices.all()) == [new]

    refused = client.post(edit(gateway), sent | {"devices": []})
    assert refused.status_code == 422
    assert "Somebody else changed" in refused.text
    assert list(gateway.devices.all()) == [new]


def test_retired_devices_are_offered_only_where_they_are_chosen(admin, sign_in):
    gateway, other = GatewayFactory(), GatewayFactory()
    retired = DeviceFactory(status=Device.Status.RETIRED)
    gateway.devices.set([retired])
    client = sign_in(admin)

    def offered(url: str) -> list[Device]:
        form = client.get(url).context["form"]
        return [device for device, _ in form.device_choices]

    assert offered(edit(gateway)) == [retired]
    assert offered(edit(other)) == []
    assert offered(NEW) == []


def test_choosing_among_hundreds_takes_no_query_each(
    admin, sign_in, django_assert_num_queries
):
    gateway = GatewayFactory()
    gateway.devices.set(DeviceFactory.create_batch(12))
    DeviceFactory.create_batch(30)
    client = sign_in(admin)

    # session, user, gateway, its devices (for the form, and for the version), all
    # devices to choose from, demo mark
    with django_assert_num_queries(7):
        client.get(edit(gateway))
