"""The contract of `design.md` section 6, through the ASGI application."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, transaction

from monitoring.ingest.writer import RECONNECT_EVERY
from monitoring.readings.actions import strike_out
from monitoring.readings.models import LatestValues, Reading
from tests.factories import (
    DeviceFactory,
    GatewayFactory,
    WardMembershipFactory,
    admit,
    issue_key,
)
from wards.devices.models import Device, DeviceContact, DeviceKey, Gateway

pytestmark = pytest.mark.django_db(transaction=True)

READING = {
    "heart_rate": 78,
    "spo2": 97,
    "respiratory_rate": 16,
    "systolic": 118,
    "diastolic": 76,
    "mean_pressure": 90,
    "temperature": 36.8,
}


def ago(seconds: float) -> str:
    """An instant the device might name, now less some seconds."""
    return (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat()


@pytest.fixture
def admission(transactional_db):
    """A patient with a device, since two hours ago."""
    return admit()


@pytest.fixture
def device(admission):
    """That patient's device."""
    return admission.device_assignments.get().device


@pytest.fixture
def monitor(device, client_of):
    """The device's own client."""
    return client_of(issue_key(device))


@sync_to_async
def readings(**having):
    return list(Reading.objects.filter(**having).order_by("at"))


@sync_to_async
def latest(device):
    return LatestValues.objects.get(device=device).values


async def test_a_reading_is_stored_with_its_patient_and_answered(
    monitor, device, admission
):
    at = datetime.now(UTC).replace(microsecond=123000) - timedelta(seconds=2)

    answer = await monitor.post({"at": at.isoformat(), **READING})

    assert answer.status == 200
    assert answer.json == {"stored": 1, "duplicates": 0, "rejected": []}
    (row,) = await readings()
    assert (row.device_id, row.at, row.admission_id) == (device.pk, at, admission.pk)
    assert {name: getattr(row, name) for name in READING} == READING
    assert row.etco2 is None
    assert row.off == 0
    assert not row.is_late
    assert row.received_at - at < timedelta(seconds=10)


async def test_a_reading_without_a_time_is_of_now(monitor):
    before = datetime.now(UTC)

    await monitor.post({"spo2": 97})

    (row,) = await readings()
    assert before <= row.at <= datetime.now(UTC)


async def test_offsets_are_understood(monitor):
    await monitor.post({"at": "2026-11-20T12:00:00.5+02:00", "spo2": 97} | _recent())

    (row,) = await readings()
    assert row.at.utcoffset() == timedelta(0)


def _recent() -> dict[str, str]:
    zone = datetime.now(UTC).astimezone(
        datetime.strptime("+0530", "%z").tzinfo
    ) - timedelta(seconds=3)
    return {"at": zone.isoformat()}


async def test_the_same_body_again_changes_nothing(monitor):
    body = [{"at": ago(n), **READING} for n in (3, 2, 1)]
    await monitor.post(*body)
    stored = await readings()

    again = await monitor.post(*body)

    assert again.json == {"stored": 0, "duplicates": 3, "rejected": []}
    assert [row.changed_at for row in await readings()] == [
        row.changed_at for row in stored
    ]


async def test_a_second_post_may_add_what_was_missing(monitor, device):
    at = ago(1)
    await monitor.post({"at": at, "spo2": 97})

    answer = await monitor.post({"at": at, "spo2": 97, "heart_rate": 80})

    assert answer.json["stored"] == 1
    (row,) = await readings()
    assert (row.spo2, row.heart_rate) == (97, 80)
    assert (await latest(device))["heart_rate"][0] == 80


async def test_adding_to_an_instant_brings_no_struck_out_value_back(
    monitor, device, admission
):
    at = ago(3)
    await monitor.post({"at": at, "systolic": 250, "diastolic": 90})
    (reading,) = await readings()
    nurse = await sync_to_async(_nurse_of)(admission)
    await sync_to_async(strike_out)(
        admission=admission,
        device_id=device.pk,
        at=reading.at,
        vital="systolic",
        reason="Cuff slipped",
        by=nurse,
    )

    answer = await monitor.post({"at": at, "systolic": 250, "temperature": 36.8})

    assert answer.json["stored"] == 1
    shown = await latest(device)
    assert "systolic" not in shown
    assert shown["temperature"][0] == 36.8
    assert shown["diastolic"][0] == 90


def _nurse_of(admission):
    ward = admission.bed_stays.get().bed.ward
    return WardMembershipFactory(ward=ward).user


async def test_a_second_post_never_alters_a_value(monitor, device):
    at = ago(1)
    await monitor.post({"at": at, "spo2": 97})

    answer = await monitor.post({"at": at, "spo2": 91, "heart_rate": 80})

    assert answer.codes == [(0, "spo2", "conflict")]
    assert answer.json["stored"] == 0
    (row,) = await readings()
    assert (row.spo2, row.heart_rate) == (97, 80)
    assert (await latest(device))["spo2"][0] == 97


async def test_two_items_for_one_instant_in_one_post_meet_the_same_rule(monitor):
    at = ago(1)

    answer = await monitor.post(
        {"at": at, "spo2": 97}, {"at": at, "heart_rate": 80}, {"at": at, "spo2": 91}
    )

    assert answer.json["stored"] == 2
    assert answer.codes == [(2, "spo2", "conflict")]
    (row,) = await readings()
    assert (row.spo2, row.heart_rate) == (97, 80)


@pytest.mark.parametrize("nothing", [None, -1, -100, -999, -10000, -99.9])
async def test_a_sensor_that_is_off_is_no_value_and_no_zero(monitor, device, nothing):
    answer = await monitor.post({"spo2": nothing, "heart_rate": 80})

    assert answer.json["stored"] == 1
    (row,) = await readings()
    assert row.spo2 is None
    assert row.off == 0b100
    values = await latest(device)
    assert values["spo2"][0] is None
    assert values["heart_rate"][0] == 80


async def test_one_bad_item_costs_its_neighbours_nothing(monitor):
    answer = await monitor.post(
        {"at": ago(3), "spo2": 101},
        {"at": ago(2), "spo2": 97},
        {"at": ago(1), "temperature": 384.5},
        {"at": ago(0), "hart_rate": 78},
        {"at": "yesterday", "spo2": 97},
        {"at": ago(9 * 86400), "spo2": 97},
        {"at": ago(-2 * 86400), "spo2": 97},
        {"at": ago(5)},
        {"at": ago(6), "spo2": "97"},
        [],
    )

    assert answer.status == 200
    assert answer.json["stored"] == 1
    assert answer.codes == [
        (0, "spo2", "out_of_range"),
        (2, "temperature", "out_of_range"),
        (3, "hart_rate", "unknown_field"),
        (4, "at", "bad_time"),
        (5, "at", "too_old"),
        (6, "at", "in_future"),
        (7, "", "empty"),
        (8, "spo2", "not_a_number"),
        (9, "", "wrong_type"),
    ]


@pytest.mark.parametrize(
    ("vital", "low", "high"),
    [
        ("heart_rate", 0, 350),
        ("spo2", 0, 100),
        ("respiratory_rate", 0, 120),
        ("systolic", 0, 350),
        ("diastolic", 0, 250),
        ("mean_pressure", 0, 300),
        ("temperature", 10, 46),
        ("etco2", 0, 150),
        ("weight", 0.2, 650),
    ],
)
async def test_bounds_are_those_of_the_reference_and_inclusive(
    monitor, vital, low, high
):
    answer = await monitor.post(
        {"at": ago(4), vital: low},
        {"at": ago(3), vital: high},
        {"at": ago(2), vital: high + 0.01},
        *([{"at": ago(1), vital: low - 0.01}] if low else []),
    )

    assert answer.json["stored"] == 2
    assert {code for _, _, code in answer.codes} == {"out_of_range"}


async def test_late_data_is_marked_and_joins_what_is_shown_only_if_newer(
    monitor, device
):
    await monitor.post({"at": ago(1), "spo2": 97})

    await monitor.post({"at": ago(61), "spo2": 80})

    late, live = await readings()
    assert (late.is_late, live.is_late) == (True, False)
    assert (await latest(device))["spo2"][0] == 97


async def test_a_clock_that_was_ahead_and_is_put_right_leaves_no_old_number(
    monitor, device
):
    await monitor.post({"at": ago(-3600), "spo2": 97})

    await monitor.post({"at": ago(0), "spo2": 88})

    assert (await latest(device))["spo2"][0] == 88


async def test_skew_is_the_quickest_delivery_not_the_slowest(monitor, device):
    await monitor.post({"at": ago(600), "spo2": 97})
    await monitor.post({"at": ago(-30), "spo2": 97})

    contact = await DeviceContact.objects.aget(device=device)

    assert contact.clock_skew == pytest.approx(30, abs=2)


async def test_battery_and_firmware_are_kept_as_reported(monitor, device):
    await monitor.post({"spo2": 97, "battery": 81.5, "firmware": "2.4.1"})

    contact = await DeviceContact.objects.aget(device=device)
    assert (contact.battery_percent, contact.firmware) == (81.5, "2.4.1")
    assert contact.last_heard_at is not None


async def test_firmware_may_not_smuggle_control_characters(monitor):
    answer = await monitor.post({"spo2": 97, "firmware": "2.4\u0000"})

    assert answer.codes == [(0, "firmware", "wrong_type")]


# -- whose reading is it -------------------------------------------------------


async def test_readings_belong_to_whoever_had_the_device_then(client_of):
    def world():
        device = DeviceFactory()
        now = datetime.now(UTC)
        first = admit(device=device, since=now - timedelta(hours=3))
        first.device_assignments.update(
            ended_at=now - timedelta(hours=2), ended_by=first.admitted_by
        )
        second = admit(device=device, since=now - timedelta(hours=1))
        return device, issue_key(device), first, second

    device, key, first, second = await sync_to_async(world)()

    await client_of(key).post(
        {"at": ago(4 * 3600), "spo2": 94},
        {"at": ago(2.5 * 3600), "spo2": 95},
        {"at": ago(1.5 * 3600), "spo2": 96},
        {"at": ago(0.5 * 3600), "spo2": 97},
    )

    assert [row.admission_id for row in await readings()] == [
        None,
        first.pk,
        None,
        second.pk,
    ]
    assert (await latest(device))["spo2"][0] == 97


async def test_late_readings_of_the_last_patient_never_show_as_the_next_ones(
    client_of,
):
    def world():
        device = DeviceFactory()
        now = datetime.now(UTC)
        first = admit(device=device, since=now - timedelta(hours=3))
        first.device_assignments.update(
            ended_at=now - timedelta(minutes=5), ended_by=first.admitted_by
        )
        admit(device=device, since=now - timedelta(minutes=5))
        return device, issue_key(device)

    device, key = await sync_to_async(world)()

    await client_of(key).post({"at": ago(600), "spo2": 71})

    assert len(await readings()) == 1
    assert not await LatestValues.objects.filter(device=device).aexists()


async def test_a_device_with_nobody_has_its_readings_kept_unassigned(client_of):
    device = await sync_to_async(DeviceFactory)()
    key = await sync_to_async(issue_key)(device)

    answer = await client_of(key).post({"spo2": 97})

    assert answer.json["stored"] == 1
    (row,) = await readings()
    assert row.admission_id is None


# -- keys ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "authorization",
    [b"", b"Bearer", b"Bearer ", b"Basic abc", b"Bearer wrong", b"Bearer \xff\xfe"],
)
async def test_no_key_or_a_wrong_one_is_unauthorized(
    client_of, authorization, transactional_db
):
    answer = await client_of(None).send(
        b"{}", headers={b"authorization": authorization}
    )

    assert answer.status == 401
    assert answer.json["error"]["code"] == "unauthorized"
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_an_expired_key_is_unauthorized_even_while_cached(client_of, device):
    key = await sync_to_async(issue_key)(
        device, expires_at=datetime.now(UTC) + timedelta(milliseconds=300)
    )
    assert (await client_of(key).post({"spo2": 97})).status == 200

    await DeviceKey.objects.aupdate(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    client = client_of(key)
    client.endpoint.keys.forget()

    assert (await client.post({"spo2": 97})).status == 401


async def test_a_device_out_of_service_is_refused_at_once(monitor, device):
    assert (await monitor.post({"spo2": 97})).status == 200
    for status in ("maintenance", "retired"):
        await Device.objects.filter(pk=device.pk).aupdate(status=status)

        answer = await monitor.post({"spo2": 98})

        assert answer.status == 403
        assert answer.json["error"]["code"] == f"device_{status}"
    assert len(await readings()) == 1


async def test_a_key_may_name_its_own_device_and_no_other(monitor, device):
    answer = await monitor.post(
        {"device": device.serial, "at": ago(2), "spo2": 97},
        {"device": "SOMEBODY-ELSE", "at": ago(1), "spo2": 97},
    )

    assert answer.json["stored"] == 1
    assert answer.codes == [(1, "device", "unknown_device")]


async def test_a_gateway_posts_for_its_devices_only(client_of, admission, device):
    def world():
        gateway = GatewayFactory()
        gone = DeviceFactory(status=Device.Status.RETIRED)
        gateway.devices.set([device, gone])
        return issue_key(gateway), DeviceFactory(), gone

    key, foreign, gone = await sync_to_async(world)()

    answer = await client_of(key).post(
        {"device": device.serial, "at": ago(3), "spo2": 97},
        {"device": foreign.serial, "at": ago(2), "spo2": 97},
        {"at": ago(1), "spo2": 97},
        {"device": gone.serial, "at": ago(1), "spo2": 97},
    )

    assert answer.json["stored"] == 1
    assert answer.codes == [
        (1, "device", "unknown_device"),
        (2, "device", "device_missing"),
        (3, "device", "device_retired"),
    ]
    (row,) = await readings()
    assert (row.device_id, row.admission_id) == (device.pk, admission.pk)


async def test_a_retired_gateway_is_refused(client_of):
    gateway = await sync_to_async(GatewayFactory)(status=Gateway.Status.RETIRED)
    key = await sync_to_async(issue_key)(gateway)

    assert (await client_of(key).post({"spo2": 97})).status == 403


async def test_the_last_use_of_a_key_is_written_down(monitor, endpoint):
    await monitor.post({"spo2": 97})

    await endpoint.keys.write_down_uses()

    assert (await DeviceKey.objects.aget()).last_used_at is not None


async def test_guessing_keys_is_slowed_without_hurting_known_ones(monitor, client_of):
    await monitor.post({"spo2": 97})

    answers = [
        (await client_of(f"guess-{n}").post({"spo2": 97})).status for n in range(150)
    ]

    assert answers[0] == 401
    assert answers[-1] == 429
    assert (await monitor.post({"spo2": 97})).status == 200


async def test_a_hospital_of_monitors_coming_back_at_once_is_no_guessing(
    client_of, endpoint
):
    def world():
        return [issue_key(DeviceFactory()) for _ in range(150)]

    keys = await sync_to_async(world)()

    answers = await asyncio.gather(*(client_of(key).post({"spo2": 97}) for key in keys))

    assert {answer.status for answer in answers} == {200}


async def test_a_key_posting_too_often_is_told_when_to_come_again(monitor, settings):
    settings.DEVICE_POSTS_PER_SECOND = 2

    answers = [await monitor.post({"at": ago(n), "spo2": 97}) for n in range(12)]

    assert [answer.status for answer in answers[:10]] == [200] * 10
    assert answers[-1].status == 429
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert len(await readings()) == 10


# -- bodies, methods, addresses ------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nonsense",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"{}",
        b'{"readings": null}',
        b'{"readings": []}',
        b'{"readings": {"spo2": 97}}',
        b'{"readings": [{"spo2": NaN}]}',
        b"[" * 100_000,
        b'{"readings": [' + b'{"spo2": 97},' * 1000 + b'{"spo2": 97}]}',
    ],
)
async def test_a_body_of_the_wrong_shape_is_400(monitor, body):
    answer = await monitor.send(body)

    assert answer.status == 400
    assert answer.json["error"]["message"]
    assert await readings() == []


async def test_a_thousand_readings_in_one_post(monitor):
    answer = await monitor.post(*({"at": ago(n), "spo2": 97} for n in range(1000)))

    assert answer.json["stored"] == 1000


async def test_too_large_is_413_declared_or_not(monitor):
    declared = await monitor.send(b"{}", headers={b"content-length": b"1048577"})
    streamed = await monitor.send(chunks=[b" " * 600_000, b" " * 600_000])

    assert (declared.status, streamed.status) == (413, 413)


@pytest.mark.parametrize("kind", [b"", b"text/plain", b"application/x-www-form"])
async def test_another_content_type_is_415(monitor, kind):
    assert (await monitor.send(b"{}", headers={b"content-type": kind})).status == 415


async def test_a_charset_beside_the_type_is_fine(monitor):
    answer = await monitor.send(
        b'{"readings": [{"spo2": 97}]}',
        headers={b"content-type": b"application/json; charset=utf-8"},
    )

    assert answer.status == 200


async def test_methods_and_addresses_that_do_not_exist(monitor):
    wrong = await monitor.send(method="PUT")
    nowhere = await monitor.send(path="/api/v1/nothing")

    assert (wrong.status, wrong.headers["allow"]) == (405, "POST")
    assert nowhere.status == 404


async def test_a_device_may_ask_for_its_own_state(monitor, device):
    answer = await monitor.send(method="GET", path="/api/v1/device")

    assert answer.status == 200
    assert answer.json["serial"] == device.serial
    assert answer.json["assigned"] is True
    assert answer.json["expected_interval"] == device.expected_interval
    server_time = datetime.fromisoformat(answer.json["server_time"])
    assert abs(server_time - datetime.now(UTC)) < timedelta(seconds=10)
    assert "patient" not in answer.body.decode().lower()


async def test_the_document_names_every_vital(client_of):
    answer = await client_of(None).send(method="GET", path="/api/openapi.json")

    schema = answer.json["components"]["schemas"]["Reading"]["properties"]
    assert {"at", "heart_rate", "glucose", "weight"} <= set(schema)


# -- when things break ---------------------------------------------------------


@sync_to_async
def kill_connections(application: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE application_name = %s AND datname = current_database()",
            [application],
        )
        return cursor.fetchone()[0]


async def test_a_cut_database_connection_is_mended_unseen(monitor):
    await monitor.post({"at": ago(2), "spo2": 97})
    # A server that other tests share may have one as well.
    assert await kill_connections("wardwatch writer") >= 1

    answer = await monitor.post({"at": ago(1), "spo2": 97})

    assert answer.json == {"stored": 1, "duplicates": 0, "rejected": []}


async def test_a_database_that_is_away_is_503_and_then_the_same_body_is_stored(
    monitor, endpoint, monkeypatch
):
    body = {"at": ago(1), "spo2": 97}
    await monitor.post({"at": ago(2), "spo2": 97})
    await kill_connections("wardwatch writer")
    away = {"host": "/nowhere", "dbname": "nothing", "connect_timeout": 1}
    with monkeypatch.context() as patch:
        patch.setattr(
            "monitoring.ingest.writer.connection_arguments", lambda application: away
        )
        lost = await monitor.post(body)

    assert lost.status == 503
    assert int(lost.headers["retry-after"]) >= 1
    assert len(await readings()) == 1
    await asyncio.sleep(RECONNECT_EVERY)
    assert (await monitor.post(body)).json["stored"] == 1


async def test_lost_key_connection_is_mended_unseen(monitor, endpoint):
    await monitor.post({"spo2": 97})
    # A server that other tests share may have one as well.
    assert await kill_connections("wardwatch keys") >= 1
    endpoint.keys.forget()

    assert (await monitor.post({"at": ago(1), "spo2": 97})).status == 200


async def test_a_missing_partition_is_made_on_the_spot(monitor):
    at = datetime.now(UTC) - timedelta(days=2)

    @sync_to_async
    def drop():
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE monitoring_reading_{at:%Y%m%d}")

    await drop()

    answer = await monitor.post({"at": at.isoformat(), "spo2": 97})

    assert answer.json["stored"] == 1


async def test_a_defect_in_storing_holds_no_device_and_no_other_post(
    monitor, device, client_of
):
    other = await sync_to_async(DeviceFactory)()
    healthy = client_of(await sync_to_async(issue_key)(other))
    assert (await monitor.post(READING)).status == 200
    await sync_to_async(_remove_behind_our_back)(device)

    broken = await monitor.post(READING)

    assert broken.status == 503
    await sync_to_async(_lock_at_once)(other)
    assert (await healthy.post(READING)).json["stored"] == 1


def _remove_behind_our_back(device):
    """Take a device out of the database as no page can, its cached key left."""
    with connection.cursor() as cursor:
        for table in (
            "monitoring_latestvalues",
            "wards_devicecontact",
            "wards_deviceassignment",
            "wards_devicekey",
        ):
            cursor.execute(f"DELETE FROM {table} WHERE device_id = %s", [device.pk])
        cursor.execute("DELETE FROM wards_device WHERE id = %s", [device.pk])


def _lock_at_once(device):
    with transaction.atomic():
        DeviceContact.objects.select_for_update(nowait=True).get(pk=device.pk)
